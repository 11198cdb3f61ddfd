/** Why this kernel or this process cannot do something, and what a person can do about it. */
export interface Obstacle {
  /** `user.max_user_namespaces is 0`. */
  readonly reason: string;
  /** `sysctl -w user.max_user_namespaces=10000`. */
  readonly remedy: string;
}
