import { negotiate } from '#libs/foundation';

const GRAPHQL = 'application/graphql-response+json';

export type ResponseType = `${typeof GRAPHQL | 'application/json'}; charset=utf-8`;

/** What an answer is sent as where nothing has been negotiated yet. */
export const DEFAULT_RESPONSE_TYPE: ResponseType = 'application/json; charset=utf-8';

/** The media type of the answer (spec/graphql.md section 5). Undefined: nothing acceptable. */
export function responseType(accept: string | undefined): ResponseType | undefined {
  const type = negotiate(accept, GRAPHQL);
  return type && `${type}; charset=utf-8`;
}
