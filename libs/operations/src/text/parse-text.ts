import { DocumentNode, parse } from 'graphql';
import { OPERATION_LIMITS } from '../limits.js';

/** The syntax tree, without locations unless told, or undefined where the text is no GraphQL or has more than 2,000 tokens. */
export function parseText(text: string, { noLocation = true } = {}): DocumentNode | undefined {
  try {
    return parse(text, { maxTokens: OPERATION_LIMITS.maxTokens, noLocation });
  } catch {
    // graphql-js quotes the caller's text in its message: nothing of it may leave this function.
    return undefined;
  }
}
