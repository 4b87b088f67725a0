import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { AppError, type FieldError } from '../errors/app-error.js';
import { type ErrorCode, errorCodes } from '../errors/codes.js';
import '../errors/schema-messages.js';
import { jsonValues, pointerOf } from './json-values.js';

interface SchemaIssue {
  code?: string;
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
  keys?: readonly string[];
  /** `errorCode` of a custom issue: the stable code that tells this failure better than the general one. */
  params?: { errorCode?: unknown };
}

/**
 * Checks `@Body({ schema })`, `@Query({ schema })` and `@Param(…, { schema })`. A body that does not fit is 422
 * `validation_failed`, a parameter 400 `invalid_parameter`; each issue is named by its JSON Pointer (RFC 6901). A
 * custom issue may choose another stable code for the body: `params: { errorCode: 'unknown_scope' }`.
 */
@Injectable()
export class SchemaPipe extends StandardSchemaValidationPipe {
  override async transform<T = unknown>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (!metadata.schema) return value;
    const result = await metadata.schema['~standard'].validate(value);
    const found = (result.issues ?? []).flatMap((issue) => toFieldErrors(issue));
    // zod passes over this one name where an object has a catch-all; no schema of ours knows it.
    const hidden = pathsOfProto(value).filter((path) => !found.some((e) => e.pointer === path));
    if (!result.issues && hidden.length === 0) return (result as { value: T }).value;
    const errors = [...found, ...hidden.map((pointer) => unknownMember(pointer))];
    if (metadata.type === 'body') {
      throw new AppError(bodyErrorCode(result.issues ?? []), {
        detail: 'Correct the members named in errors.',
        errors,
      });
    }
    throw new AppError('invalid_parameter', {
      detail: 'Correct the parameters named in errors.',
      errors,
    });
  }
}

function bodyErrorCode(issues: readonly SchemaIssue[]): ErrorCode {
  const named = issues.map(({ params }) => params?.errorCode).find((code) => code !== undefined);
  return typeof named === 'string' && named in errorCodes
    ? (named as ErrorCode)
    : 'validation_failed';
}

/** An unknown member is reported at its own pointer; every other issue where the schema found it. */
function toFieldErrors(issue: SchemaIssue): FieldError[] {
  const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  if (issue.code === 'unrecognized_keys' && issue.keys) {
    return issue.keys.map((key) => unknownMember(toPointer([...path, key])));
  }
  return [{ pointer: toPointer(path), code: issue.code ?? 'invalid', message: issue.message }];
}

function unknownMember(pointer: string): FieldError {
  return { pointer, code: 'unknown_member', message: 'This member is not known here; remove it.' };
}

/** Pointers to the members `__proto__` that JSON.parse has made, at any depth. */
function pathsOfProto(body: unknown): string[] {
  const found: string[] = [];
  for (const { path } of jsonValues(body)) {
    if (path?.key === '__proto__') found.push(pointerOf(path));
  }
  return found;
}

function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
