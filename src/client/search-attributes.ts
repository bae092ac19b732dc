import type { OperatorService } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contracts/run';

/** Values of the server's `IndexedValueType`. */
const TYPES = { KEYWORD: 2, INT: 3, DATETIME: 6 } as const;

/**
 * Registers the search attributes that are missing, and returns their names. The server refuses
 * workflows that set an unknown one, and takes some seconds to know a new one everywhere.
 */
export async function ensureSearchAttributes(
  operator: OperatorService,
  namespace: string,
): Promise<readonly string[]> {
  const { customAttributes } = await operator.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(
    ([name]) => customAttributes?.[name] === undefined,
  );
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
    await operator.addSearchAttributes({ namespace, searchAttributes });
  }
  return missing.map(([name]) => name);
}
