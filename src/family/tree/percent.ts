/**
 * How much of a processor a process uses: since it was last sampled, the first time since its
 * birth; 100 is one processor. It is sampled again once a second has passed.
 */
import { TICKS_PER_SECOND } from './cpu';
import type { Member } from './family';

/** Samples a member. @param now clock ticks since the host's boot */
export function sampleMember(member: Member, now: number): void {
  const { facts, sample } = member;
  const passed = now - sample.at;
  if (passed < TICKS_PER_SECOND && sample.at !== facts.birthday) return;
  const ticks = facts.userTicks + facts.systemTicks;
  const percent = (100 * Math.max(0, ticks - sample.ticks)) / Math.max(1, passed);
  member.sample = { at: now, ticks, percent };
}
