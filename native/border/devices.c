/* eyrie_deny_devices: see border.h. */
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "border.h"

/* A comparison of each number takes an instruction, and eight are around them. */
#define AROUND 8
#define PROGRAM_MAX (2 * DENIED_DEVICES_MAX + AROUND)

static long bpf(int command, union bpf_attr *attributes) {
    return syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static struct bpf_insn instruction(uint8_t code, uint8_t to, uint8_t from, int16_t offset,
                                   int32_t immediate) {
    return (struct bpf_insn){
        .code = code, .dst_reg = to, .src_reg = from, .off = offset, .imm = immediate};
}

static struct bpf_insn load(uint8_t to, size_t field) {
    return instruction(BPF_LDX | BPF_W | BPF_MEM, to, BPF_REG_1, (int16_t)field, 0);
}

/*
 * Writes the program: the lower half of access_type is the kind of node; 1 lets the access pass, 0
 * refuses it with EPERM. Gives its length.
 */
static uint32_t write_program(struct bpf_insn *program, const uint32_t *devices, uint32_t count) {
    const int16_t to_allow = (int16_t)(2 * count + 2);
    uint32_t at = 0;
    program[at++] = load(BPF_REG_2, offsetof(struct bpf_cgroup_dev_ctx, access_type));
    program[at++] = instruction(BPF_ALU | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff);
    program[at++] =
        instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_2, 0, to_allow, BPF_DEVCG_DEV_CHAR);
    program[at++] = load(BPF_REG_3, offsetof(struct bpf_cgroup_dev_ctx, major));
    program[at++] = load(BPF_REG_4, offsetof(struct bpf_cgroup_dev_ctx, minor));
    for (uint32_t i = 0; i < count; i++) {
        /* Past the pairs that follow this one, and the two instructions that allow. */
        int16_t to_deny = (int16_t)(2 * (count - i - 1) + 2);
        program[at++] = instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_3, 0, 1,
                                    (int32_t)devices[2 * i]);
        program[at++] = instruction(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_4, 0, to_deny,
                                    (int32_t)devices[2 * i + 1]);
    }
    program[at++] = instruction(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1);
    program[at++] = instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    program[at++] = instruction(BPF_ALU | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
    program[at++] = instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    return at;
}

static int load_program(const struct bpf_insn *program, uint32_t length) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insns = (uint64_t)(uintptr_t)program;
    attributes.insn_cnt = length;
    attributes.license = (uint64_t)(uintptr_t) "Apache-2.0";
    memcpy(attributes.prog_name, "eyrie_devices", sizeof "eyrie_devices");
    long fd = bpf(BPF_PROG_LOAD, &attributes);
    return fd < 0 ? -errno : (int)fd;
}

int eyrie_deny_devices(int cgroup, const uint32_t *devices, uint32_t count) {
    static struct bpf_insn program[PROGRAM_MAX];
    union bpf_attr attributes;
    if (count > DENIED_DEVICES_MAX) {
        return -E2BIG;
    }
    int fd = load_program(program, write_program(program, devices, count));
    if (fd < 0) {
        return fd;
    }
    memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = (uint32_t)cgroup;
    attributes.attach_bpf_fd = (uint32_t)fd;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    /* Beside what the system has for its units; all have to let an access pass. */
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    int result = bpf(BPF_PROG_ATTACH, &attributes) < 0 ? -errno : 0;
    close(fd);
    return result;
}
