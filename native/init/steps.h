/* The plan's steps, one function for each. All give 0 or -errno. */
#ifndef EYRIE_STEPS_H
#define EYRIE_STEPS_H

#include "init.h"

/* steps.c: the interpreter. Carries out all steps of a phase and reports the one that fails. */
int carry_out_setup(struct init *init);
/* Comes back only where a step failed. */
int carry_out_job(struct init *init);

/* One step; gives 0 or -errno. */
int carry_out_step(struct init *init, const struct plan_step *step);

/* The descriptor of a base field: WALK_FROM_ROOT for PLAN_NONE. */
int base_of(const struct init *init, const union plan_field *field);

/* Puts an open descriptor, or an error (-errno), into a slot; closes what the slot held. */
int fill_slot(struct init *init, const union plan_field *field, int fd);

/* files.c */
int step_pin(struct init *init, const union plan_field *field);
int step_inherit(struct init *init, const union plan_field *field);
int step_mkdir(struct init *init, const union plan_field *field);
int step_touch(struct init *init, const union plan_field *field);
int step_symlink(struct init *init, const union plan_field *field);

/* streams.c */
int step_open(struct init *init, const union plan_field *field);
int step_dup(struct init *init, const union plan_field *field);
int step_close_from(struct init *init, const union plan_field *field);

/* mounts.c */
int step_propagation(struct init *init, const union plan_field *field);
int step_tmpfs(struct init *init, const union plan_field *field);
int step_proc(struct init *init, const union plan_field *field);
int step_bind(struct init *init, const union plan_field *field);
int step_remount(struct init *init, const union plan_field *field);

/* cgroups.c */
int step_cgroup_namespace(struct init *init, const union plan_field *field);
int step_cgroup_files(struct init *init, const union plan_field *field);

/* process.c */
int step_setsid(struct init *init, const union plan_field *field);
int step_session_keyring(struct init *init, const union plan_field *field);
int step_chroot(struct init *init, const union plan_field *field);
int step_chdir(struct init *init, const union plan_field *field);
int step_rlimit(struct init *init, const union plan_field *field);
int step_nice(struct init *init, const union plan_field *field);
int step_umask(struct init *init, const union plan_field *field);
int step_affinity(struct init *init, const union plan_field *field);
int step_drop_bounding_set(struct init *init, const union plan_field *field);
int step_ids(struct init *init, const union plan_field *field);
int step_drop_capabilities(struct init *init, const union plan_field *field);
int step_no_new_privs(struct init *init, const union plan_field *field);
int step_parent_death_signal(struct init *init, const union plan_field *field);
int step_default_signals(struct init *init, const union plan_field *field);
int step_exec(struct init *init, const union plan_field *field);

#endif
