package io.gannet.http;

import java.lang.reflect.Type;

/**
 * Names a type that has type arguments, which a class literal cannot: {@code new
 * JsonType<List<Order>>() {}}. Keep it in a constant if it is used often.
 *
 * @param <T> the type
 */
public interface JsonType<T> {
    /**
     * The type.
     *
     * @return the argument that {@code T} was given
     * @throws IllegalArgumentException when it was given none that is known at run time
     */
    default Type type() {
        return JsonTypes.argument(getClass());
    }
}
