/*
 * Load for FTP servers on 127.0.0.1; one JSON object on stdout. MIT licence.
 *
 *   ftp login PORT SESSIONS SECONDS USER PASSWORD         log in, PWD, QUIT; over and over
 *   ftp small PORT SESSIONS SECONDS USER PASSWORD BYTES   files of so many bytes, under /pub, in sessions that stay
 *   ftp retr  PORT PATH                                   one file; the bytes are counted and thrown away by the kernel
 *   ftp stor  PORT PATH BYTES                             one file of so many bytes
 *   ftp idle  PORT SESSIONS                               logs in, says so, and holds on until its stdin ends
 *
 * For retr and stor the rate is in bytes a second, from the command until its last answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int port, size;
static const char *user = "anonymous", *password = "bench@";
static volatile int is_over, is_counting;
static uint64_t operations, total, errors;

struct session { int fd; size_t have; char text[4096]; };

static void die(const char *what) { perror(what); exit(2); }

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void report(double rate)
{
    printf("{\"rate\":%.1f,\"operations\":%llu,\"errors\":%llu,\"lost\":0}\n", rate, (unsigned long long)total,
           (unsigned long long)errors);
}

static int dial(int to)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct timeval patience = { 30, 0 };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(to), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd, (void *)&address, sizeof address) == 0) return fd;
    close(fd);
    return -1;
}

/* The code of the next whole reply, whose last line is kept in `line`. */
static int reply(struct session *s, char *line, size_t capacity)
{
    for (;;) {
        char *end;
        while ((end = memchr(s->text, '\n', s->have)) != NULL) {
            size_t length = end - s->text + 1;
            int is_last = length >= 4 && s->text[3] == ' ' && s->text[0] >= '1' && s->text[0] <= '5';
            int code = is_last ? atoi(s->text) : 0;
            if (line != NULL) snprintf(line, capacity, "%.*s", (int)length, s->text);
            s->have -= length;
            memmove(s->text, s->text + length, s->have);
            if (is_last) return code;
        }
        if (s->have == sizeof s->text) return -1;
        ssize_t got = recv(s->fd, s->text + s->have, sizeof s->text - s->have, 0);
        if (got <= 0) return -1;
        s->have += got;
    }
}

static int command(struct session *s, const char *word, const char *argument, char *line, size_t capacity)
{
    char text[512];
    int length = snprintf(text, sizeof text, *argument ? "%s %s\r\n" : "%s%s\r\n", word, argument);
    if (send(s->fd, text, length, MSG_NOSIGNAL) != length) return -1;
    return reply(s, line, capacity);
}

static int say(struct session *s, const char *word, const char *argument) { return command(s, word, argument, NULL, 0); }

static int log_in(struct session *s)
{
    s->have = 0;
    if ((s->fd = dial(port)) < 0) return -1;
    if (reply(s, NULL, 0) == 220) {
        int code = say(s, "USER", user);
        if (code == 331) code = say(s, "PASS", password);
        if (code == 230) return 0;
        fprintf(stderr, "the login got %d\n", code);
    }
    close(s->fd);
    return -1;
}

static int open_data(struct session *s)
{
    char line[512];
    unsigned h[4], high, low;
    if (command(s, "PASV", "", line, sizeof line) != 227) return -1;
    char *at = strchr(line, '(');
    if (at == NULL || sscanf(at, "(%u,%u,%u,%u,%u,%u", h, h + 1, h + 2, h + 3, &high, &low) != 6) return -1;
    return dial(high * 256 + low);
}

static void done(int is_well)
{
    if (!is_well) { if (__sync_add_and_fetch(&errors, 1) > 200) is_over = 1; return; }
    __sync_fetch_and_add(&total, 1);
    if (is_counting && !is_over) __sync_fetch_and_add(&operations, 1);
}

static void *log_in_often(void *of)
{
    (void)of;
    while (!is_over) {
        struct session s;
        if (log_in(&s) < 0) { done(0); continue; }
        int is_well = say(&s, "PWD", "") == 257 && say(&s, "QUIT", "") == 221;
        close(s.fd);
        done(is_well);
    }
    return NULL;
}

static void *send_small_files(void *of)
{
    struct session s;
    char *data = calloc(1, size), name[100];
    if (log_in(&s) < 0 || say(&s, "TYPE", "I") != 200) { done(0); return NULL; }
    for (int i = 0; !is_over; i++) {
        int fd = open_data(&s), code;
        /* Names of a process of its own, so that nothing is there already. */
        snprintf(name, sizeof name, "/pub/small-%d-%d-%d", getpid(), (int)(intptr_t)of, i);
        if (fd < 0) { done(0); break; }
        code = say(&s, "STOR", name);
        if (code != 150 && code != 125) { fprintf(stderr, "STOR got %d\n", code); done(0); break; }
        int is_sent = send(fd, data, size, MSG_NOSIGNAL) == size;
        close(fd);
        done(reply(&s, NULL, 0) == 226 && is_sent);
    }
    say(&s, "QUIT", "");
    close(s.fd);
    return NULL;
}

static void repeat(void *(*work)(void *), int sessions, double seconds)
{
    pthread_t threads[sessions];
    for (int i = 0; i < sessions; i++) pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i);
    usleep(200000); /* not counted */
    is_counting = 1;
    double from = now();
    usleep(seconds * 1e6);
    is_over = 1;
    double took = now() - from;
    for (int i = 0; i < sessions; i++) pthread_join(threads[i], NULL);
    report(operations / took);
}

/* MSG_TRUNC on a TCP socket (tcp(7)) drops bytes without copying them: the load is not to be the limit. */
static int64_t swallow(int fd)
{
    int64_t sum = 0;
    ssize_t got;
    while ((got = recv(fd, NULL, 1 << 20, MSG_TRUNC)) > 0) sum += got;
    return got < 0 ? -1 : sum;
}

static int64_t pour(int fd, int64_t bytes)
{
    int from = memfd_create("bytes", MFD_CLOEXEC);
    const off_t block = 8 << 20;
    int64_t sum = 0;
    if (from < 0 || ftruncate(from, block) < 0) die("memfd_create");
    /* Written once, so that its pages are there. */
    char *pages = mmap(NULL, block, PROT_READ | PROT_WRITE, MAP_SHARED, from, 0);
    memset(pages, 'x', block);
    while (sum < bytes) {
        off_t offset = sum % block;
        int64_t most = bytes - sum < block - offset ? bytes - sum : block - offset;
        ssize_t sent = sendfile(fd, from, &offset, most);
        if (sent <= 0) return -1;
        sum += sent;
    }
    return sum;
}

static void transfer(const char *word, const char *path, int64_t bytes)
{
    struct session s;
    if (log_in(&s) < 0 || say(&s, "TYPE", "I") != 200) exit(2);
    double from = now();
    int fd = open_data(&s);
    int code = fd < 0 ? -1 : say(&s, word, path);
    if (code != 150 && code != 125) { fprintf(stderr, "%s got %d\n", word, code); exit(2); }
    int64_t moved = bytes < 0 ? swallow(fd) : pour(fd, bytes);
    close(fd);
    code = reply(&s, NULL, 0);
    double took = now() - from;
    if (code != 226 || moved <= 0) { fprintf(stderr, "%s ended with %d after %lld bytes\n", word, code, (long long)moved); exit(2); }
    say(&s, "QUIT", "");
    total = moved;
    report(moved / took);
}

static void hold(int sessions)
{
    struct session *all = calloc(sessions, sizeof *all);
    char byte;
    for (int i = 0; i < sessions; i++) if (log_in(&all[i]) < 0) exit(2);
    printf("{\"open\":%d}\n", sessions);
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {}
}

int main(int count, char **words)
{
    if (count < 4) return 2;
    const char *kind = words[1];
    port = atoi(words[2]);
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(kind, "idle") == 0) hold(atoi(words[3]));
    else if (strcmp(kind, "retr") == 0) transfer("RETR", words[3], -1);
    else if (strcmp(kind, "stor") == 0 && count > 4) transfer("STOR", words[3], atoll(words[4]));
    else if (count > 6) {
        user = words[5];
        password = words[6];
        size = count > 7 ? atoi(words[7]) : 0;
        repeat(size > 0 ? send_small_files : log_in_often, atoi(words[3]), atof(words[4]));
    } else return 2;
    return 0;
}
