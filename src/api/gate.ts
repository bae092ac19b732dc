import { NcfdError } from '../contracts/errors';
import type { Gate } from './app';
import { mayUse, type Caller, type Role } from './roles';

/** Admits everybody as what callers without a credential may be. */
export function openGate(role: Role | null): Gate {
  const caller: Caller = { name: 'anonymous', role, by: 'nothing' };
  return {
    admit: async (_request, { role: needed }) => {
      if (mayUse(caller.role, needed)) return caller;
      throw new NcfdError('Unauthenticated', 'this needs a credential', {
        hint: `Send one with the role ${needed} or above.`,
      });
    },
  };
}
