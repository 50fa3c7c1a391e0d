/*
 * Load for daemons on 127.0.0.1; one JSON object on stdout. MIT licence.
 *
 *   load echo PORT CONNECTIONS SECONDS SOURCES   connect, send 64 bytes, read them back, close; over and over
 *   load read PORT CONNECTIONS SECONDS SOURCES   connect, read to the end, close
 *   load udp  PORT PEERS       SECONDS WINDOW    datagrams of 64 bytes, so many on their way for each peer
 *   load idle PORT CONNECTIONS                   connects, says so, and holds on until its stdin ends
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { size = 64, batch = 32 };
static const uint64_t second = 1000000000ull;
static const uint64_t warm_up = 200000000ull;    /* not counted */
static const uint64_t lost_after = 200000000ull; /* a datagram without an answer */
static const uint64_t stuck_after = 5000000000ull;

static int port, poller;
static uint64_t operations, errors, lost;

static void die(const char *what) { perror(what); exit(2); }

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * second + t.tv_nsec;
}

static void report(uint64_t nanoseconds, uint64_t total)
{
    printf("{\"rate\":%.1f,\"operations\":%llu,\"errors\":%llu,\"lost\":%llu}\n", operations * 1e9 / nanoseconds,
           (unsigned long long)total, (unsigned long long)errors, (unsigned long long)lost);
}

static struct sockaddr_in loopback(uint32_t offset, int at)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(at), .sin_addr.s_addr = htonl(0x7f000001u + offset) };
}

static void watch(int operation, int fd, uint32_t events, void *of)
{
    struct epoll_event event = { .events = events, .data.ptr = of };
    if (epoll_ctl(poller, operation, fd, &event) < 0) die("epoll_ctl");
}

/* ---- connections */

struct connection { int fd, sent, got; uint64_t since; };

/* Several source addresses, because each has ports only for so many connections that were closed in the last minute. */
static int open_socket(int flags, int sources)
{
    static uint32_t count;
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0), yes = 1;
    if (fd < 0) die("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (sources > 1) {
        struct sockaddr_in source = loopback(count++ % sources, 0);
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        if (bind(fd, (void *)&source, sizeof source) < 0) die("bind");
    }
    return fd;
}

static int dial(int fd)
{
    struct sockaddr_in there = loopback(0, port);
    return connect(fd, (void *)&there, sizeof there);
}

static void begin(struct connection *c, int sources)
{
    *c = (struct connection){ .fd = open_socket(SOCK_NONBLOCK, sources), .since = now() };
    if (dial(c->fd) < 0 && errno != EINPROGRESS) die("connect");
    watch(EPOLL_CTL_ADD, c->fd, EPOLLOUT, c);
}

/* 1: complete; 0: goes on; -1: failed */
static int proceed(struct connection *c, int is_echo)
{
    static char out[size], in[65536];
    if (!c->sent) {
        int error = 0;
        socklen_t length = sizeof error;
        getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
        if (error || (is_echo && send(c->fd, out, size, MSG_NOSIGNAL) != size)) return -1;
        c->sent = 1;
        watch(EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
        return 0;
    }
    ssize_t n = recv(c->fd, in, sizeof in, 0);
    if (n > 0) return (c->got += n) >= size && is_echo;
    if (n < 0 && errno == EAGAIN) return 0;
    return !is_echo && c->got > 0 ? 1 : -1; /* a program that ends without reading may reset */
}

static void run_connections(int count, double seconds, int sources, int is_echo)
{
    struct connection *all = calloc(count, sizeof *all);
    struct epoll_event events[256];
    uint64_t from = now() + warm_up, until = from + seconds * second, total = 0, t = 0;
    int is_counting = 0;
    for (int i = 0; i < count; i++) begin(&all[i], sources);
    while (t < until) {
        int n = epoll_wait(poller, events, 256, 50);
        t = now();
        if (!is_counting && t >= from) { is_counting = 1; from = t; operations = errors = 0; }
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            int outcome = proceed(c, is_echo);
            if (outcome == 0) continue;
            if (outcome > 0) { operations++; total++; } else errors++;
            close(c->fd);
            begin(c, sources);
        }
        for (int i = 0; n < 1 && i < count; i++)
            if (t - all[i].since > stuck_after) { errors++; close(all[i].fd); begin(&all[i], sources); }
    }
    report(t - from, total);
}

static void hold(int count)
{
    for (int i = 0; i < count; i++) if (dial(open_socket(0, 1)) < 0) die("connect");
    printf("{\"open\":%d}\n", count);
    fflush(stdout);
    while (getchar() != EOF) ;
}

/* ---- datagrams */

struct peer { int fd, out; uint64_t since; };

static struct mmsghdr messages[batch];

static void send_datagrams(struct peer *p, int count)
{
    for (int i = 0; i < count; i++) messages[i].msg_hdr.msg_iov->iov_len = size;
    int n = count > 0 ? sendmmsg(p->fd, messages, count, 0) : 0;
    if (n > 0) p->out += n;
}

static void run_datagrams(int count, double seconds, int window)
{
    static char buffers[batch][2048];
    static struct iovec parts[batch];
    struct peer *all = calloc(count, sizeof *all);
    struct epoll_event events[64];
    for (int i = 0; i < batch; i++) {
        parts[i] = (struct iovec){ buffers[i], size };
        messages[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
    }
    uint64_t from = now() + warm_up, until = from + seconds * second, total = 0, t = now(), looked = t;
    int is_counting = 0;
    for (int i = 0; i < count; i++) {
        struct sockaddr_in there = loopback(0, port);
        all[i] = (struct peer){ .fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), .since = t };
        if (connect(all[i].fd, (void *)&there, sizeof there) < 0) die("connect");
        watch(EPOLL_CTL_ADD, all[i].fd, EPOLLIN, &all[i]);
        for (int k = 0; k < window; k += batch) send_datagrams(&all[i], window - k < batch ? window - k : batch);
    }
    while (t < until) {
        int n = epoll_wait(poller, events, 64, 20);
        t = now();
        if (!is_counting && t >= from) { is_counting = 1; from = t; operations = lost = 0; }
        for (int i = 0; i < n; i++) {
            struct peer *p = events[i].data.ptr;
            for (int k = 0; k < batch; k++) parts[k].iov_len = sizeof buffers[k];
            int got = recvmmsg(p->fd, messages, batch, 0, NULL);
            if (got <= 0) continue;
            operations += got; total += got; p->out -= got; p->since = t;
            int room = window - p->out;
            send_datagrams(p, room < batch ? room : batch);
        }
        if (t - looked < lost_after / 10) continue;
        looked = t;
        for (int i = 0; i < count; i++) {
            if (t - all[i].since < lost_after) continue;
            lost += all[i].out; all[i].out = 0; all[i].since = t;
            send_datagrams(&all[i], window < batch ? window : batch);
        }
    }
    report(t - from, total);
}

int main(int argc, char **argv)
{
    if (argc < 4 || (strcmp(argv[1], "idle") && argc < 6)) { fprintf(stderr, "load: see the source for its arguments\n"); return 64; }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    port = atoi(argv[2]);
    poller = epoll_create1(0);
    if (!strcmp(argv[1], "idle")) hold(atoi(argv[3]));
    else if (!strcmp(argv[1], "udp")) run_datagrams(atoi(argv[3]), atof(argv[4]), atoi(argv[5]));
    else run_connections(atoi(argv[3]), atof(argv[4]), atoi(argv[5]), !strcmp(argv[1], "echo"));
    return 0;
}
