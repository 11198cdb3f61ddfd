/*
 * Feeds requests to the parser of eyrie-families, for a test under sanitizers.
 *
 *   families-fuzz COUNT SEED   makes COUNT requests, right ones and broken ones; the same ones for the
 *                              same SEED. Prints how many were refused and how many accepted.
 *
 * Each payload lies in memory of exactly its size. Of what is accepted, every number is read, and a
 * name is checked once more, by other means.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "families/request.h"
#include "test/random.h"

/* What was read: kept, so that the compiler does not leave the reading out. */
uint64_t numbers_used;

static void fail(const char *what) {
    fprintf(stderr, "families-fuzz: %s\n", what);
    exit(1);
}

/* Bytes of which names are made, the hurtful ones often. */
static uint32_t make_name(unsigned char *bytes) {
    static const char *const pieces[] = {"a", "/", ".", "..", "/", "htcondor", "\xff", "...", "b/c"};
    uint32_t length = 0;
    for (uint32_t count = random_number(8); count > 0; count--) {
        const char *piece = pieces[random_number(9)];
        memcpy(bytes + length, piece, strlen(piece));
        length += (uint32_t)strlen(piece);
    }
    if (random_number(10) == 0) {
        bytes[length++] = 0;
    }
    if (random_number(20) == 0) {
        uint32_t more = random_number(2 * FAMILIES_NAME_MAX);
        memset(bytes + length, 'x', more);
        length += more;
    }
    return length;
}

static uint32_t make_list(unsigned char *bytes, struct families_request *request) {
    const uint32_t evil[] = {0, 1, 0x40000000, 0x80000000, 0xffffffff, FAMILIES_LISTED_MAX + 1};
    uint32_t count = random_number(50);
    request->family_count = random_number(4) == 0 ? evil[random_number(6)] : random_number(50);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(bytes + 4 * i, &i, 4);
    }
    return 4 * count + (random_number(10) == 0 ? random_number(4) : 0);
}

static void use(const struct families_command *command) {
    const struct families_request *request = &command->request;
    if (request->operation == FAMILIES_TRACK_CGROUP) {
        char copy[FAMILIES_NAME_MAX + 3];
        snprintf(copy, sizeof copy, "/%s/", command->name);
        if (strlen(copy) < 3 || strstr(copy, "//") != NULL || strstr(copy, "/./") != NULL ||
            strstr(copy, "/../") != NULL) {
            fail("a name that does not lead down was accepted");
        }
    }
    if (request->operation == FAMILIES_SIGNAL_FAMILIES || request->operation == FAMILIES_PROPORTIONAL) {
        for (uint32_t i = 0; i < request->family_count; i++) {
            numbers_used += command->families[i];
        }
        for (uint32_t i = 0; i < command->except_count; i++) {
            numbers_used += (uint64_t)command->except[i];
        }
    }
}

int main(int argc, char **argv) {
    static unsigned char bytes[4 * FAMILIES_NAME_MAX];
    static struct families_command command;
    unsigned long accepted = 0;
    if (argc != 3) {
        return 2;
    }
    unsigned long count = strtoul(argv[1], NULL, 10);
    random_state = 2 * strtoull(argv[2], NULL, 10) + 1;
    for (unsigned long i = 0; i < count; i++) {
        struct families_request request = {
            .id = random_number(100),
            .operation = random_number(16),
            .pid = (int32_t)random_number(50) - 5,
            .family = random_number(10),
            .signal = random_number(80),
        };
        uint32_t which = random_number(4);
        request.length = which == 0 ? 0 : which == 1 ? make_name(bytes) : make_list(bytes, &request);
        unsigned char *payload = malloc(request.length > 0 ? request.length : 1);
        if (payload == NULL) {
            fail("no memory");
        }
        memcpy(payload, bytes, request.length);
        if (families_read_request(&request, payload, &command) == 0) {
            accepted++;
            use(&command);
        }
        free(payload);
    }
    printf("refused %lu accepted %lu\n", count - accepted, accepted);
    return 0;
}
