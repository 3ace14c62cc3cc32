/* Sockets: addresses, options, listening and its errors. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];
static int fds_before;
static struct gn_sock_file file;
static const struct gn_sock_options plain = {.backlog = 16};

static int set_up(void **state) {
    (void)state;
    fds_before = rig_fd_count();
    strcpy(dir, "/tmp/gannet-sock-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state) {
    char command[100];
    (void)state;
    assert_int_equal(rig_fd_count(), fds_before);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static struct gn_addr path_addr(const char *name) {
    struct gn_addr addr = {.family = GN_FAMILY_UNIX};
    char path[sizeof dir + 32];
    int len = snprintf(path, sizeof path, "%s/%s", dir, name);
    addr.path_len = (uint8_t)len;
    memcpy(addr.path, path, (size_t)len);
    return addr;
}

static const char *path_of(const struct gn_addr *addr) {
    static char path[GN_PATH_MAX + 1];
    memcpy(path, addr->path, addr->path_len);
    path[addr->path_len] = '\0';
    return path;
}

static bool exists(const struct gn_addr *addr) {
    struct stat st;
    return lstat(path_of(addr), &st) == 0;
}

static int option(int fd, int level, int name) {
    int value = -1;
    socklen_t len = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

/* ---- addresses ---- */

static void bound_addresses_read_back_as_they_were_given(void **state) {
    const enum gn_family families[] = {GN_FAMILY_V4, GN_FAMILY_V6};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct gn_addr addr = rig_loopback(families[i], 0), local;
        int fd = gn_sock_listen(&addr, &plain, &file);
        assert_true(fd >= 0);
        assert_int_equal(gn_sock_local(fd, &local), 0);
        assert_int_not_equal(local.port, 0);
        addr.port = local.port;
        assert_memory_equal(&local, &addr, sizeof addr);
        close(fd);
    }
    struct gn_addr addr = path_addr("s"), local;
    int fd = gn_sock_listen(&addr, &plain, &file);
    assert_int_equal(gn_sock_local(fd, &local), 0);
    assert_memory_equal(&local, &addr, sizeof addr);
    close(fd);
}

static void ports_are_in_network_order_on_the_wire(void **state) {
    struct sockaddr_storage sa;
    (void)state;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0x1234);
    assert_int_equal(gn_sock_encode(&addr, &sa), sizeof(struct sockaddr_in));
    const unsigned char *port = (unsigned char *)&((struct sockaddr_in *)&sa)->sin_port;
    assert_int_equal(port[0], 0x12);
    assert_int_equal(port[1], 0x34);
}

static void a_link_local_scope_is_kept(void **state) {
    struct sockaddr_storage sa;
    (void)state;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V6, 1);
    addr.scope = 7;
    assert_int_equal(gn_sock_encode(&addr, &sa), sizeof(struct sockaddr_in6));
    assert_int_equal(((struct sockaddr_in6 *)&sa)->sin6_scope_id, 7);
}

static void a_family_that_is_none_is_refused(void **state) {
    struct sockaddr_storage sa;
    (void)state;
    assert_int_equal(gn_sock_encode(&(struct gn_addr){.family = 0}, &sa), -EAFNOSUPPORT);
    assert_int_equal(gn_sock_encode(&(struct gn_addr){.family = 5}, &sa), -EAFNOSUPPORT);
}

static void a_path_may_be_as_long_as_the_system_can_bind(void **state) {
    struct sockaddr_storage sa;
    struct gn_addr addr = {.family = GN_FAMILY_UNIX};
    const size_t room = sizeof((struct sockaddr_un *)0)->sun_path;
    (void)state;
    memset(addr.path, 'x', sizeof addr.path);
    addr.path_len = (uint8_t)(room - 2);
    assert_true(gn_sock_encode(&addr, &sa) > 0);
    addr.path_len = (uint8_t)(room - 1);
    assert_true(gn_sock_encode(&addr, &sa) > 0);
    addr.path_len = (uint8_t)room;
    assert_int_equal(gn_sock_encode(&addr, &sa), GN_EPATHLEN);
    addr.path_len = 0;
    assert_int_equal(gn_sock_encode(&addr, &sa), GN_EPATHLEN);
    addr.path_len = 255;
    assert_int_equal(gn_sock_listen(&addr, &plain, &file), GN_EPATHLEN);
}

static void a_path_of_full_length_is_bound_and_read_back(void **state) {
    (void)state;
    struct gn_addr addr = path_addr(""), local;
    while (addr.path_len < 107) addr.path[addr.path_len++] = 'y';
    int fd = gn_sock_listen(&addr, &plain, &file);
    assert_true(fd >= 0);
    assert_int_equal(gn_sock_local(fd, &local), 0);
    assert_memory_equal(&local, &addr, sizeof addr);
    close(fd);
}

static void an_unnamed_unix_peer_has_an_empty_path(void **state) {
    struct gn_addr addr;
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    memset(&addr, 0xff, sizeof addr);
    assert_int_equal(gn_sock_peer(ends[0], &addr), 0);
    assert_int_equal(addr.family, GN_FAMILY_UNIX);
    assert_int_equal(addr.path_len, 0);
    close(ends[0]);
    close(ends[1]);
}

static void a_socket_without_peer_says_enotconn(void **state) {
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0);
    (void)state;
    int fd = gn_sock_open(&addr, &plain);
    assert_int_equal(gn_sock_peer(fd, &addr), -ENOTCONN);
    close(fd);
}

/* ---- errors of listening ---- */

static void an_occupied_port_is_eaddrinuse(void **state) {
    (void)state;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0);
    int fd = gn_sock_listen(&addr, &plain, &file);
    assert_int_equal(gn_sock_local(fd, &addr), 0);
    assert_int_equal(gn_sock_listen(&addr, &plain, &file), -EADDRINUSE);
    close(fd);
}

static void a_port_may_be_shared_when_all_ask_for_it(void **state) {
    struct gn_sock_options shared = plain;
    (void)state;
    shared.reuse_port = true;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0);
    int first = gn_sock_listen(&addr, &shared, &file);
    assert_int_equal(gn_sock_local(first, &addr), 0);
    int second = gn_sock_listen(&addr, &shared, &file);
    assert_true(second >= 0);
    assert_int_equal(gn_sock_listen(&addr, &plain, &file), -EADDRINUSE);
    close(first);
    close(second);
}

static void an_address_of_another_machine_is_eaddrnotavail(void **state) {
    struct gn_addr addr = {.family = GN_FAMILY_V4, .ip = {192, 0, 2, 1}};
    (void)state;
    assert_int_equal(gn_sock_listen(&addr, &plain, &file), -EADDRNOTAVAIL);
}

static void a_directory_that_does_not_exist_is_enoent(void **state) {
    (void)state;
    struct gn_addr addr = path_addr("no/where");
    assert_int_equal(gn_sock_listen(&addr, &plain, &file), -ENOENT);
}

/* ---- Unix socket files ---- */

static void a_stale_socket_file_is_replaced(void **state) {
    (void)state;
    struct gn_addr addr = path_addr("s");
    int fd = gn_sock_listen(&addr, &plain, &file);
    struct gn_sock_file first = file;
    close(fd);
    assert_true(exists(&addr));
    fd = gn_sock_listen(&addr, &plain, &file);
    assert_true(fd >= 0);
    assert_true(first.dev == file.dev);
    int client = gn_sock_open(&addr, &plain);
    assert_int_equal(peer_connect(client, &addr), 0);
    close(client);
    close(fd);
}

static void a_live_socket_file_is_eaddrinuse_and_stays(void **state) {
    (void)state;
    struct gn_addr addr = path_addr("s");
    int fd = gn_sock_listen(&addr, &plain, &file);
    assert_int_equal(gn_sock_listen(&addr, &plain, &file), -EADDRINUSE);
    int client = gn_sock_open(&addr, &plain);
    assert_int_equal(peer_connect(client, &addr), 0);
    close(client);
    close(fd);
}

static void a_live_socket_with_a_full_backlog_is_eaddrinuse(void **state) {
    struct gn_sock_options none = {.backlog = 0};
    int clients[2];
    (void)state;
    struct gn_addr addr = path_addr("s");
    int fd = gn_sock_listen(&addr, &none, &file);
    for (int i = 0; i < 2; i++) {
        clients[i] = gn_sock_open(&addr, &plain);
        assert_int_equal(gn_sock_nonblocking(clients[i], true), 0);
        peer_connect(clients[i], &addr);
    }
    assert_int_equal(gn_sock_listen(&addr, &plain, &file), -EADDRINUSE);
    assert_true(exists(&addr));
    for (int i = 0; i < 2; i++) close(clients[i]);
    close(fd);
}

static void a_foreign_file_is_refused_and_untouched(void **state) {
    struct stat before, after;
    (void)state;
    struct gn_addr addr = path_addr("letter");
    int fd = open(path_of(&addr), O_CREAT | O_WRONLY, 0600);
    assert_int_equal(write(fd, "dear", 4), 4);
    close(fd);
    assert_int_equal(lstat(path_of(&addr), &before), 0);
    assert_int_equal(gn_sock_listen(&addr, &plain, &file), GN_ENOTSOCKET);
    assert_int_equal(lstat(path_of(&addr), &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(after.st_size, 4);
}

static void a_link_to_a_socket_is_a_foreign_file(void **state) {
    (void)state;
    struct gn_addr addr = path_addr("link");
    assert_int_equal(symlink("/nowhere", path_of(&addr)), 0);
    assert_int_equal(gn_sock_listen(&addr, &plain, &file), GN_ENOTSOCKET);
    assert_true(exists(&addr));
}

static void our_own_file_is_removed(void **state) {
    (void)state;
    struct gn_addr addr = path_addr("s");
    int fd = gn_sock_listen(&addr, &plain, &file);
    assert_int_equal(gn_sock_unlink(&addr, &file), 0);
    assert_false(exists(&addr));
    assert_int_equal(gn_sock_unlink(&addr, &file), 0);
    close(fd);
}

static void the_file_of_a_successor_is_not_removed(void **state) {
    (void)state;
    struct gn_addr addr = path_addr("s");
    int fd = gn_sock_listen(&addr, &plain, &file);
    /* A second name keeps the inode number from being given out again. */
    struct gn_addr kept = path_addr("kept");
    char from[sizeof dir + 32];
    strcpy(from, path_of(&addr));
    assert_int_equal(link(from, path_of(&kept)), 0);
    close(fd);
    struct gn_sock_file mine = file;
    int successor = gn_sock_listen(&addr, &plain, &file);
    assert_true(successor >= 0);
    assert_int_equal(gn_sock_unlink(&addr, &mine), 0);
    assert_true(exists(&addr));
    close(successor);
}

static void only_unix_addresses_have_a_file(void **state) {
    (void)state;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 1);
    assert_int_equal(gn_sock_unlink(&addr, &file), -EAFNOSUPPORT);
}

/* ---- options ---- */

static void listening_options_are_really_set(void **state) {
    const struct gn_sock_options options = {.no_delay = true, .keep_alive = true, .backlog = 5,
                                            .reuse_port = true, .v6_only = true,
                                            .send_buffer = 50000, .recv_buffer = 60000,
                                            .fast_open = 9, .defer_accept_s = 3};
    struct gn_addr addr = {.family = GN_FAMILY_V6};
    (void)state;
    int fd = gn_sock_listen(&addr, &options, &file);
    assert_true(fd >= 0);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option(fd, SOL_SOCKET, SO_REUSEPORT), 1);
    assert_int_equal(option(fd, SOL_SOCKET, SO_REUSEADDR), 1);
    assert_int_equal(option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    assert_int_equal(option(fd, SOL_SOCKET, SO_SNDBUF), 100000);
    assert_int_equal(option(fd, SOL_SOCKET, SO_RCVBUF), 120000);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_FASTOPEN), 9);
    assert_true(option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) >= 3);
    assert_int_equal(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

static void what_was_not_asked_for_is_off(void **state) {
    struct gn_addr addr = {.family = GN_FAMILY_V6};
    (void)state;
    int fd = gn_sock_listen(&addr, &plain, &file);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
    assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    assert_int_equal(option(fd, SOL_SOCKET, SO_REUSEPORT), 0);
    assert_int_equal(option(fd, IPPROTO_IPV6, IPV6_V6ONLY), 0);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_FASTOPEN), 0);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
    close(fd);
}

static void accepted_connections_inherit_the_options(void **state) {
    const struct gn_sock_options options = {.no_delay = true, .keep_alive = true, .backlog = 5};
    (void)state;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0);
    int fd = gn_sock_listen(&addr, &options, &file);
    assert_int_equal(gn_sock_local(fd, &addr), 0);
    int client = gn_sock_open(&addr, &plain);
    assert_int_equal(peer_connect(client, &addr), 0);
    int accepted = gn_sock_accept(fd);
    assert_int_equal(option(accepted, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(option(accepted, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_true(fcntl(accepted, F_GETFD) & FD_CLOEXEC);
    close(accepted);
    close(client);
    close(fd);
}

static void connecting_options_are_really_set(void **state) {
    const struct gn_sock_options options = {.no_delay = true, .keep_alive = true,
                                            .send_buffer = 50000, .fast_open = 1};
    (void)state;
    struct gn_addr addr = rig_loopback(GN_FAMILY_V4, 0);
    int fd = gn_sock_open(&addr, &options);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(option(fd, SOL_SOCKET, SO_SNDBUF), 100000);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT), 1);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

/* ---- transfers ---- */

static void transfers_do_not_block_on_a_blocking_descriptor(void **state) {
    char bytes[100];
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(gn_sock_recv(ends[0], bytes, sizeof bytes), -EAGAIN);
    struct iovec iov = {(void *)(uintptr_t)pattern_at(0), 60000};
    int rc;
    do rc = gn_sock_send(ends[0], &iov, 1);
    while (rc > 0);
    assert_int_equal(rc, -EAGAIN);
    assert_true(gn_sock_unsent(ends[0]) > 0);
    assert_int_equal(gn_sock_recv(ends[1], bytes, sizeof bytes), 100);
    assert_memory_equal(bytes, pattern_at(0), 100);
    close(ends[1]);
    assert_int_equal(gn_sock_send(ends[0], &iov, 1), -EPIPE);
    close(ends[0]);
}

static void sending_a_file_leaves_the_socket_blocking(void **state) {
    char bytes[20];
    int ends[2];
    (void)state;
    struct gn_addr addr = path_addr("f");
    int source = open(path_of(&addr), O_CREAT | O_RDWR, 0600);
    assert_int_equal(write(source, "0123456789", 10), 10);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(gn_sock_send_file(ends[0], source, 2, 5), 5);
    assert_int_equal(gn_sock_send_file(ends[0], source, 8, 100), 2);
    assert_int_equal(gn_sock_send_file(ends[0], source, 10, 1), GN_ETRUNCATED);
    assert_int_equal(gn_sock_recv(ends[1], bytes, sizeof bytes), 7);
    assert_memory_equal(bytes, "2345689", 7);
    assert_false(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
    close(source);
    close(ends[0]);
    close(ends[1]);
}

/* Another loop may be about to accept with a duplicate of the listener: whatever keeps that from
 * waiting for a client that is gone must not be taken back under it. */
static void who_took_what_waited_leaves_nothing_behind_that_blocks(void **state) {
    (void)state;
    struct gn_addr addr = path_addr("s");
    int listener = gn_sock_listen(&addr, &plain, &file);
    int other = fcntl(listener, F_DUPFD_CLOEXEC, 0);
    int client = gn_sock_open(&addr, &plain);
    assert_int_equal(peer_connect(client, &addr), 0);
    int accepted = gn_sock_accept_waiting(listener);
    assert_true(accepted >= 0);
    alarm(10); /* it would hang here */
    assert_int_equal(gn_sock_accept(other), -EAGAIN);
    assert_int_equal(gn_sock_accept_waiting(listener), -EAGAIN);
    alarm(0);
    close(accepted);
    close(client);
    close(other);
    close(listener);
}

/* A server in a chroot or a sandbox has no /dev, and whether there is a reserve decides whether
 * descriptors are short. */
static void a_reserve_needs_no_file(void **state) {
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        if (chroot(dir) < 0) _exit(2);
        _exit(gn_sock_reserve() >= 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 2) {
        print_message("[  SKIP  ] no right to change the root folder\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(bound_addresses_read_back_as_they_were_given),
        CASE(ports_are_in_network_order_on_the_wire),
        CASE(a_link_local_scope_is_kept),
        CASE(a_family_that_is_none_is_refused),
        CASE(a_path_may_be_as_long_as_the_system_can_bind),
        CASE(a_path_of_full_length_is_bound_and_read_back),
        CASE(an_unnamed_unix_peer_has_an_empty_path),
        CASE(a_socket_without_peer_says_enotconn),
        CASE(an_occupied_port_is_eaddrinuse),
        CASE(a_port_may_be_shared_when_all_ask_for_it),
        CASE(an_address_of_another_machine_is_eaddrnotavail),
        CASE(a_directory_that_does_not_exist_is_enoent),
        CASE(a_stale_socket_file_is_replaced),
        CASE(a_live_socket_file_is_eaddrinuse_and_stays),
        CASE(a_live_socket_with_a_full_backlog_is_eaddrinuse),
        CASE(a_foreign_file_is_refused_and_untouched),
        CASE(a_link_to_a_socket_is_a_foreign_file),
        CASE(our_own_file_is_removed),
        CASE(the_file_of_a_successor_is_not_removed),
        CASE(only_unix_addresses_have_a_file),
        CASE(listening_options_are_really_set),
        CASE(what_was_not_asked_for_is_off),
        CASE(accepted_connections_inherit_the_options),
        CASE(connecting_options_are_really_set),
        CASE(transfers_do_not_block_on_a_blocking_descriptor),
        CASE(sending_a_file_leaves_the_socket_blocking),
        CASE(a_reserve_needs_no_file),
        CASE(who_took_what_waited_leaves_nothing_behind_that_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
