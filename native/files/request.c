#include "request.h"

#include <errno.h>
#include <string.h>

/* Whether a path's components lead nowhere but down. */
static int leads_down(const char *path) {
    for (;;) {
        size_t length = strcspn(path, "/");
        if (length == 0 || (length == 1 && path[0] == '.') ||
            (length == 2 && path[0] == '.' && path[1] == '.')) {
            return 0;
        }
        if (path[length] == 0) {
            return 1;
        }
        path += length + 1;
    }
}

/* Only these can be asked of the sandbox itself. */
static int may_be_top(uint32_t operation) {
    return operation == FILES_LIST || operation == FILES_STAT;
}

static int read_path(const struct files_request *request, const unsigned char *payload,
                     size_t length, struct files_command *command) {
    if (length >= sizeof command->path) {
        return -ENAMETOOLONG;
    }
    memcpy(command->path, payload, length);
    command->path[length] = 0;
    if (strlen(command->path) != length) {
        return -EINVAL;
    }
    if (length == 0) {
        return may_be_top(request->operation) ? 0 : -EINVAL;
    }
    return leads_down(command->path) ? 0 : -EINVAL;
}

/* A path, a NUL, and contents. */
static int read_write(const struct files_request *request, const unsigned char *payload,
                      struct files_command *command) {
    const unsigned char *end = request->length > 0 ? memchr(payload, 0, request->length) : NULL;
    if (end == NULL) {
        return -EINVAL;
    }
    size_t length = (size_t)(end - payload);
    command->contents = end + 1;
    command->contents_length = request->length - length - 1;
    if (command->contents_length > FILES_CONTENTS_MAX) {
        return -EINVAL;
    }
    return read_path(request, payload, length, command);
}

/* Like a path, and after it NUL and a name. */
static int read_rename(const struct files_request *request, const unsigned char *payload,
                       struct files_command *command) {
    const unsigned char *end = request->length > 0 ? memchr(payload, 0, request->length) : NULL;
    if (end == NULL) {
        return -EINVAL;
    }
    size_t path_length = (size_t)(end - payload);
    size_t length = request->length - path_length - 1;
    if (length >= sizeof command->new_name) {
        return -ENAMETOOLONG;
    }
    memcpy(command->new_name, end + 1, length);
    command->new_name[length] = 0;
    if (strlen(command->new_name) != length || strchr(command->new_name, '/') != NULL ||
        !leads_down(command->new_name)) {
        return -EINVAL;
    }
    return read_path(request, payload, path_length, command);
}

/* Points the command to the names. Gives false where the bytes are not that many strings. */
static int read_names(const unsigned char *bytes, size_t length, struct files_command *command) {
    for (uint32_t i = 0; i < command->begin.name_count; i++) {
        const unsigned char *end = length > 0 ? memchr(bytes, 0, length) : NULL;
        if (end == NULL || bytes[0] != '/') {
            return 0;
        }
        command->names[i] = (const char *)bytes;
        length -= (size_t)(end - bytes) + 1;
        bytes = end + 1;
    }
    return length == 0;
}

static int read_begin(const struct files_request *request, const unsigned char *payload,
                      struct files_command *command) {
    const size_t header = sizeof command->begin;
    if (request->length < header) {
        return -EINVAL;
    }
    memcpy(&command->begin, payload, header);
    uint64_t groups = (uint64_t)command->begin.group_count * sizeof(uint32_t);
    if (groups > request->length - header || command->begin.name_count > FILES_NAMES_MAX) {
        return -EINVAL;
    }
    command->groups = payload + header;
    return read_names(payload + header + groups, request->length - header - (size_t)groups, command)
               ? 0
               : -EINVAL;
}

int files_read_request(const struct files_request *request, const unsigned char *payload,
                       struct files_command *command) {
    command->id = request->id;
    command->operation = request->operation;
    command->mode = request->mode & 0777;
    if (request->length > FILES_PAYLOAD_MAX || request->operation < FILES_BEGIN ||
        request->operation > FILES_RENAME) {
        return -EINVAL;
    }
    switch (request->operation) {
    case FILES_BEGIN:
        return read_begin(request, payload, command);
    case FILES_WRITE:
        return read_write(request, payload, command);
    case FILES_RENAME:
        return read_rename(request, payload, command);
    default:
        return read_path(request, payload, request->length, command);
    }
}
