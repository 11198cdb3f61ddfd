#include "procd.h"

int procd_check(const struct front_record *record) {
    switch (record->kind) {
    case FRONT_BEGIN:
        return record->length == sizeof(struct front_limits) ? 0 : -1;
    case FRONT_SEND:
        return record->length <= FRONT_FRAME_HEAD + FRONT_FRAME_MAX ? 0 : -1;
    case FRONT_ADMIT:
    case FRONT_READY:
    case FRONT_CLOSE:
        return record->length == 0 ? 0 : -1;
    default:
        return -1;
    }
}
