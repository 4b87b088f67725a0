import { GraphQLError, GraphQLScalarType, Kind, ValueNode } from 'graphql';

/** RFC 3339 with a zone, as `2026-03-23T12:00:00.000Z` on the way out. */
export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'A point in time (RFC 3339), in UTC with milliseconds on the way out.',
  serialize: (value) => toDate(value).toISOString(),
  parseValue: toDate,
  parseLiteral: (node) => toDate(stringOf(node)),
});

export const UrlScalar = new GraphQLScalarType<string, string>({
  name: 'URL',
  description: 'An absolute URL (WHATWG).',
  serialize: String,
  parseValue: toUrl,
  parseLiteral: (node) => toUrl(stringOf(node)),
});

/** A scalar and no enum: the catalogue grows without a change of the schema. */
export const EventTypeScalar = new GraphQLScalarType<string, string>({
  name: 'EventType',
  description: 'The name of an event type, as `incident.updated`.',
  serialize: String,
  parseValue: toEventType,
  parseLiteral: (node) => toEventType(stringOf(node)),
});

export const JsonObjectScalar = new GraphQLScalarType<object, object>({
  name: 'JSONObject',
  description: 'A JSON object.',
  serialize: toObject,
  parseValue: toObject,
});

// Messages are constant: graphql-js appends what it was given, and nothing of it leaves the gateway.
function toDate(value: unknown): Date {
  if (value instanceof Date) return value;
  const isRfc3339 =
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value);
  const date = new Date(isRfc3339 ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw new GraphQLError('not a DateTime');
  return date;
}

function toUrl(value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) throw new GraphQLError('not a URL');
  return value;
}

function toEventType(value: unknown): string {
  if (typeof value !== 'string' || !/^[a-z0-9_]+(\.[a-z0-9_]+)+$/.test(value)) {
    throw new GraphQLError('not an EventType');
  }
  return value;
}

function toObject(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GraphQLError('not a JSONObject');
  }
  return value;
}

function stringOf(node: ValueNode): string {
  if (node.kind !== Kind.STRING) throw new GraphQLError('not a string');
  return node.value;
}
