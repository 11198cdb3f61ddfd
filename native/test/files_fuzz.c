/*
 * Feeds requests to the parser of eyrie-files, for a test under sanitizers.
 *
 *   files-fuzz COUNT SEED   makes COUNT requests, right ones and broken ones; the same ones for the
 *                           same SEED. Prints how many were refused and how many accepted.
 *
 * Each payload lies in memory of exactly its size. Of what is accepted, every group and name is read,
 * and a path is checked once more, by other means.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/request.h"
#include "test/random.h"

/* What was read: kept, so that the compiler does not leave the reading out. */
size_t bytes_used;

static void fail(const char *what) {
    fprintf(stderr, "files-fuzz: %s\n", what);
    exit(1);
}

/* Bytes of which paths are made, the hurtful ones often. */
static size_t make_path(unsigned char *bytes) {
    static const char *const pieces[] = {"a", "/", ".", "..", "/", "name", "\xff", "\n", "...", "b/c"};
    size_t length = 0;
    for (uint32_t count = random_number(8); count > 0; count--) {
        const char *piece = pieces[random_number(10)];
        memcpy(bytes + length, piece, strlen(piece));
        length += strlen(piece);
    }
    if (random_number(10) == 0) {
        bytes[length++] = 0;
    }
    if (random_number(10) == 0) { /* what follows may be a new name */
        const char *piece = pieces[random_number(10)];
        bytes[length++] = 0;
        memcpy(bytes + length, piece, strlen(piece));
        length += strlen(piece);
    }
    if (random_number(20) == 0) {
        size_t more = random_number(2 * PATH_MAX);
        memset(bytes + length, 'x', more);
        length += more;
    }
    return length;
}

static size_t make_begin(unsigned char *bytes) {
    const uint32_t evil[] = {0, 1, 2, 8, 9, 0x40000000, 0x80000000, 0xffffffff};
    struct files_begin begin = {1000, 1000, random_number(4), random_number(4)};
    size_t length = sizeof begin;
    for (uint32_t i = 0; i < begin.group_count; i++) {
        memcpy(bytes + length, &i, sizeof i);
        length += sizeof i;
    }
    for (uint32_t i = 0; i < begin.name_count; i++) {
        memcpy(bytes + length, "/scratch", 9);
        length += 9;
    }
    if (random_number(2) == 0) {
        begin.group_count = evil[random_number(8)];
    }
    if (random_number(4) == 0) {
        begin.name_count = evil[random_number(8)];
    }
    memcpy(bytes, &begin, sizeof begin);
    return random_number(4) == 0 ? random_number((uint32_t)length + 1) : length;
}

/* What an accepted path must be: no component of it goes anywhere but down. */
static void check_path(const struct files_command *command) {
    char copy[PATH_MAX + 2];
    if (command->path[0] == 0) {
        return;
    }
    if (command->operation == FILES_RENAME) {
        const char *name = command->new_name;
        if (*name == 0 || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
            strcmp(name, "..") == 0) {
            fail("a new name that is none was accepted");
        }
    }
    snprintf(copy, sizeof copy, "/%s/", command->path);
    if (strstr(copy, "//") != NULL || strstr(copy, "/./") != NULL || strstr(copy, "/../") != NULL) {
        fail("a path that does not lead down was accepted");
    }
}

static void use(const struct files_command *command) {
    for (size_t i = 0; command->operation == FILES_WRITE && i < command->contents_length; i++) {
        bytes_used += command->contents[i];
    }
    if (command->operation != FILES_BEGIN) {
        check_path(command);
        return;
    }
    for (uint32_t i = 0; i < command->begin.group_count * sizeof(uint32_t); i++) {
        bytes_used += command->groups[i];
    }
    for (uint32_t i = 0; i < command->begin.name_count; i++) {
        bytes_used += strlen(command->names[i]);
    }
}

int main(int argc, char **argv) {
    static unsigned char bytes[4 * PATH_MAX];
    static struct files_command command;
    unsigned long accepted = 0;
    if (argc != 3) {
        return 2;
    }
    unsigned long count = strtoul(argv[1], NULL, 10);
    random_state = 2 * strtoull(argv[2], NULL, 10) + 1;
    for (unsigned long i = 0; i < count; i++) {
        struct files_request request = {.id = (uint32_t)i, .operation = random_number(12)};
        request.length = (uint32_t)(request.operation == FILES_BEGIN ? make_begin(bytes)
                                                                     : make_path(bytes));
        unsigned char *payload = malloc(request.length > 0 ? request.length : 1);
        if (payload == NULL) {
            fail("no memory");
        }
        memcpy(payload, bytes, request.length);
        if (files_read_request(&request, payload, &command) == 0) {
            accepted++;
            use(&command);
        }
        free(payload);
    }
    printf("refused %lu accepted %lu\n", count - accepted, accepted);
    return 0;
}
