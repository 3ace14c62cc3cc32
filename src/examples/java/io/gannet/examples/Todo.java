package io.gannet.examples;

import io.gannet.http.HttpException;
import io.gannet.http.HttpRequest;
import io.gannet.http.HttpResponse;
import io.gannet.http.HttpServer;
import io.gannet.http.Router;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A list of things to do, kept in memory, as a REST service that speaks JSON:
 *
 * <pre>{@code
 * curl localhost:2826/todos -d '{"title":"feed the gannets"}' -H 'Content-Type: application/json'
 * curl 'localhost:2826/todos?done=false'
 * curl -X PUT localhost:2826/todos/1 -d '{"title":"feed the gannets","done":true}' \
 *     -H 'Content-Type: application/json'
 * curl -X DELETE localhost:2826/todos/1
 * }</pre>
 */
public final class Todo {
    private static final int TITLE_MAX = 200;

    /** One thing to do. */
    record Item(long id, String title, boolean done) {}

    /** What a client sends; what it leaves out is null. */
    record Draft(@Nullable String title, @Nullable Boolean done) {}

    /** What went wrong, for the client. */
    record Problem(String error) {}

    private final ConcurrentSkipListMap<Long, Item> items = new ConcurrentSkipListMap<>();
    private final AtomicLong lastId = new AtomicLong();

    private Todo() {}

    /**
     * Listens until the process is ended.
     *
     * @param args none
     */
    public static void main(String[] args) throws InterruptedException {
        Todo todo = new Todo();
        Settings.serve(HttpServer.create(Settings.http())
                .group("/todos", todo::routes)
                .error(NoSuchElementException.class, (request, e) ->
                        HttpResponse.json(problem(e)).withStatus(404))
                .error(HttpException.class, (request, e) ->
                        e.toResponse().withJson(problem(e))));
    }

    private void routes(Router router) {
        router.get("", this::list)
                .post("", this::add)
                .get("/{id}", request -> HttpResponse.json(find(request)))
                .put("/{id}", this::replace)
                .delete("/{id}", this::remove);
    }

    private HttpResponse list(HttpRequest request) {
        String done = request.queryParam("done").orElse("");
        if (!List.of("", "true", "false").contains(done)) {
            throw new HttpException(400, "done must be true or false");
        }
        return HttpResponse.json(items.values().stream()
                .filter(item -> done.isEmpty() || item.done() == done.equals("true"))
                .toList());
    }

    private HttpResponse add(HttpRequest request) {
        Item item = item(lastId.incrementAndGet(), request);
        items.put(item.id(), item);
        return HttpResponse.json(item)
                .withStatus(201)
                .withHeader("Location", "/todos/" + item.id());
    }

    private HttpResponse replace(HttpRequest request) {
        Item item = item(find(request).id(), request);
        if (items.replace(item.id(), item) == null) {
            throw new NoSuchElementException("somebody has just removed it");
        }
        return HttpResponse.json(item);
    }

    private HttpResponse remove(HttpRequest request) {
        items.remove(find(request).id());
        return HttpResponse.noContent();
    }

    private Item find(HttpRequest request) {
        String id = request.pathParam("id");
        Item item = id.matches("[0-9]{1,18}") ? items.get(Long.valueOf(id)) : null;
        if (item == null) {
            throw new NoSuchElementException("there is nothing to do with id " + id);
        }
        return item;
    }

    private static Item item(long id, HttpRequest request) {
        Draft draft = request.json(Draft.class);
        String title = draft.title() == null ? "" : draft.title().strip();
        if (title.isEmpty() || title.length() > TITLE_MAX) {
            throw new HttpException(422, "title must have 1 to " + TITLE_MAX + " characters");
        }
        return new Item(id, title, Boolean.TRUE.equals(draft.done()));
    }

    private static Problem problem(Exception e) {
        return new Problem(String.valueOf(e.getMessage()));
    }
}
