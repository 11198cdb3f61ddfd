/*
 * What the starter asks of eyrie-files, and what it answers. src/kernel/structs.ts repeats the
 * structures and tables (a test compares them).
 *
 *   starter → begin: ids, groups, the sandbox' names
 *   starter → a request, and further ones before the first is answered
 *   files   → a reply to each, in order; before one that says so, a descriptor on the other socket
 *
 * Numbers are in this machine's order: both ends are one installation.
 */
#ifndef EYRIE_FILES_REQUEST_H
#define EYRIE_FILES_REQUEST_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define FILES_OPERATIONS(O)                                                                        \
    O(BEGIN, 1)                                                                                    \
    O(MKDIR, 2)                                                                                    \
    O(CREATE, 3)                                                                                   \
    O(OPEN, 4)                                                                                     \
    O(STAT, 5)                                                                                     \
    O(LIST, 6)                                                                                     \
    O(CHMOD, 7)                                                                                    \
    O(WRITE, 8)                                                                                    \
    O(READ, 9)                                                                                     \
    O(RENAME, 10)

#define FILES_OPERATION_NUMBER(name, number) FILES_##name = number,
enum files_operation { FILES_OPERATIONS(FILES_OPERATION_NUMBER) };

/* The calls that a request can fail at. */
#define FILES_CALLS(C)                                                                             \
    C(NONE, 0, "")                                                                                 \
    C(REQUEST, 1, "check the request")                                                             \
    C(IDENTITY, 2, "take the job's ids")                                                           \
    C(OPEN, 3, "open")                                                                             \
    C(MKDIR, 4, "mkdir")                                                                           \
    C(UNLINK, 5, "unlink")                                                                         \
    C(RMDIR, 6, "rmdir")                                                                           \
    C(STAT, 7, "stat")                                                                             \
    C(CHMOD, 8, "chmod")                                                                           \
    C(READDIR, 9, "getdents64")                                                                    \
    C(SENDMSG, 10, "sendmsg")                                                                      \
    C(WRITE, 11, "write")                                                                          \
    C(READ, 12, "read")                                                                            \
    C(RENAME, 13, "rename")

#define FILES_CALL_NUMBER(name, number, words) FILES_CALL_##name = number,
enum files_call { FILES_CALLS(FILES_CALL_NUMBER) };

/*
 * Payload: for BEGIN a struct files_begin and what follows it, for WRITE a path, a NUL and the
 * contents, for RENAME a path, a NUL, and a name for the same directory, else a path without a NUL.
 */
struct files_request {
    uint32_t length; /* of the payload */
    uint32_t id;
    uint32_t operation;
    uint32_t mode; /* permission bits, for MKDIR, CREATE, CHMOD and WRITE */
};

/* Payload of BEGIN: this, the groups in ascending order, the names, each ended by NUL. */
struct files_begin {
    uint32_t uid; /* FILES_OWN_IDS: none are changed */
    uint32_t gid;
    uint32_t group_count;
    uint32_t name_count; /* absolute paths that a link's text may have for the sandbox */
};

#define FILES_OWN_IDS 0xffffffffu

/*
 * Payload: for STAT one struct files_entry with its name, for LIST several. For READ of a small file
 * one without a name, and the contents; of a larger file a descriptor instead.
 */
struct files_reply {
    uint32_t length; /* of the payload */
    uint32_t id;
    uint32_t error; /* errno, or 0 */
    uint32_t call;  /* the enum files_call that failed */
    uint32_t more;  /* 1: another reply to the same request follows */
    uint32_t descriptor; /* 1: a descriptor came on the other socket, with the id as its data */
};

/* What is at a path. The name follows, and zeros up to a multiple of 8. */
struct files_entry {
    uint64_t size;
    uint64_t modified; /* nanoseconds since the epoch, two's complement */
    uint32_t mode;     /* permission bits */
    uint32_t kind;
    uint32_t is_link;
    uint32_t name_length;
};

enum { FILES_KIND_FILE = 1, FILES_KIND_DIRECTORY = 2, FILES_KIND_OTHER = 3, FILES_KIND_MISSING = 4 };

/* Contents of a file that is written or read in one go. */
#define FILES_CONTENTS_MAX 65536

/* Of a payload, both ways. */
#define FILES_PAYLOAD_MAX 73728

/* More names than these are no use. */
#define FILES_NAMES_MAX 8

/* A request that was read. */
struct files_command {
    uint32_t id;
    enum files_operation operation;
    uint32_t mode;
    char path[PATH_MAX];      /* "" is the sandbox itself */
    const unsigned char *contents; /* of WRITE */
    size_t contents_length;
    char new_name[NAME_MAX + 1]; /* of RENAME */
    struct files_begin begin; /* of BEGIN, as the rest */
    const unsigned char *groups;
    const char *names[FILES_NAMES_MAX];
};

/*
 * Checks a request and its payload, which must stay while the command is used: a path is relative,
 * with no component that is empty, "." or "..", and a name is such a component. Gives 0 or -errno (EINVAL, ENAMETOOLONG).
 */
int files_read_request(const struct files_request *request, const unsigned char *payload,
                       struct files_command *command);

#endif
