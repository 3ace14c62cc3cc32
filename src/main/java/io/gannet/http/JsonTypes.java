package io.gannet.http;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;

/** What the classes that implement {@link JsonType} stand for; found once for each. */
final class JsonTypes {
    private static final ClassValue<Type> ARGUMENTS = new ClassValue<>() {
        @Override
        protected Type computeValue(Class<?> type) {
            return find(type);
        }
    };

    private JsonTypes() {}

    static Type argument(Class<?> type) {
        return ARGUMENTS.get(type);
    }

    private static Type find(Class<?> type) {
        for (Type parent : type.getGenericInterfaces()) {
            if (parent instanceof ParameterizedType named && named.getRawType() == JsonType.class) {
                Type argument = named.getActualTypeArguments()[0];
                if (isKnown(argument)) {
                    return argument;
                }
            }
        }
        throw new IllegalArgumentException("a JsonType needs a type without variables, as in new "
                + "JsonType<List<Order>>() {}");
    }

    /** Types nest as deep as they are written: the recursion ends. */
    private static boolean isKnown(Type type) {
        if (type instanceof ParameterizedType named) {
            return areKnown(named.getActualTypeArguments());
        }
        if (type instanceof GenericArrayType array) {
            return isKnown(array.getGenericComponentType());
        }
        if (type instanceof WildcardType wild) {
            return areKnown(wild.getUpperBounds()) && areKnown(wild.getLowerBounds());
        }
        return !(type instanceof TypeVariable);
    }

    private static boolean areKnown(Type[] types) {
        for (Type type : types) {
            if (!isKnown(type)) {
                return false;
            }
        }
        return true;
    }
}
