/* Intrusive doubly linked list.
 *
 * A list is a ring through a head node; a node that is in no list points at itself. The list never
 * owns its nodes. Not thread safe: a list belongs to one loop.
 */
#ifndef GN_BASE_LIST_H
#define GN_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct gn_list {
    struct gn_list *next, *prev;
};

/* The struct that contains `member` at `node`. */
#define gn_container(node, type, member) \
    ((type *)(void *)((char *)(node) - offsetof(type, member)))

static inline void gn_list_init(struct gn_list *list) { list->next = list->prev = list; }

static inline bool gn_list_empty(const struct gn_list *list) { return list->next == list; }

/* True while `node` is in some list; it must have been initialised once. */
static inline bool gn_list_linked(const struct gn_list *node) { return node->next != node; }

static inline void gn_list_append(struct gn_list *list, struct gn_list *node) {
    node->prev = list->prev;
    node->next = list;
    list->prev->next = node;
    list->prev = node;
}

/* Takes `node` out of its list and leaves it unlinked; harmless on a node that is in none. */
static inline void gn_list_remove(struct gn_list *node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    gn_list_init(node);
}

/* Takes the first node out; NULL when the list is empty. */
static inline struct gn_list *gn_list_shift(struct gn_list *list) {
    struct gn_list *node = list->next;
    if (node == list) return NULL;
    gn_list_remove(node);
    return node;
}

/* Moves all nodes of `from` behind those of `list`. */
static inline void gn_list_splice(struct gn_list *list, struct gn_list *from) {
    if (gn_list_empty(from)) return;
    from->next->prev = list->prev;
    list->prev->next = from->next;
    from->prev->next = list;
    list->prev = from->prev;
    gn_list_init(from);
}

#endif
