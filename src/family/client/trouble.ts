/** What can go wrong between a client and its procd. */
import { type ProcdCommand, type ProcdRefusal, refusalWords } from '../wire';

/** Why a request came to nothing. */
export type ProcdTrouble =
  /** procd answered, and its answer is no. A code that no procd gives is told as its number. */
  | {
      readonly why: 'refused';
      readonly refusal: ProcdRefusal | number;
      readonly message: string;
    }
  /**
   * `absent`: nobody serves the address. `lost`: procd has ended. `silent`: it did not answer in
   * time; whether it did what was asked nobody knows. `impossible`: this process cannot ask (a pipe
   * cannot be made or opened), or the dialect cannot say it.
   */
  | { readonly why: 'absent' | 'lost' | 'silent' | 'impossible'; readonly message: string };

/** Words for a refusal. */
export function refused(
  address: string,
  command: ProcdCommand,
  refusal: ProcdRefusal | number,
): ProcdTrouble {
  const words = typeof refusal === 'number' ? `unknown code ${refusal}` : refusalWords(refusal);
  return { why: 'refused', refusal, message: `procd at ${address} refused ${command}: ${words}` };
}
