import { Kind, type OperationDefinitionNode } from 'graphql';
import type { HttpMapping } from '../bundle-file/bundle-manifest.js';
import { type Finding, manifestFinding } from '../finding.js';

const PLACE = /\{([\w.]+)\}/g;

/** Whether the mapping fits where the operation runs, asks only for variables that exist and fills every root field. */
export function checkMapping(
  mapping: HttpMapping | undefined,
  operation: OperationDefinitionNode,
  runsAtHttp: boolean,
): Finding[] {
  if (!mapping) {
    return runsAtHttp ? [mappingFinding('an upstream of kind http needs a mapping')] : [];
  }
  if (!runsAtHttp) return [mappingFinding('only an upstream of kind http takes a mapping')];
  return [
    ...checkPath(mapping.path),
    ...checkPlaces(mapping, operation),
    ...checkResult(mapping.result, operation),
  ];
}

function checkPath(path: string): Finding[] {
  const segments = path.split('?', 1)[0]?.split('/') ?? [];
  const climbs = segments.some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
  const broken = path.replaceAll(PLACE, '').search(/[{}]/) >= 0;
  return [
    ...(climbs ? [mappingFinding('a segment of dots would be resolved away', 'path')] : []),
    ...(broken ? [mappingFinding('a brace that belongs to no {variable}', 'path')] : []),
  ];
}

function checkPlaces(
  { path, body = {} }: HttpMapping,
  operation: OperationDefinitionNode,
): Finding[] {
  const declared = new Set(
    operation.variableDefinitions?.map(({ variable }) => variable.name.value) ?? [],
  );
  const isKnown = (place: string): boolean => declared.has(place.split('.', 1)[0] ?? '');
  const inPath = [...path.matchAll(PLACE)].map(([, place = '']) => place);
  return [
    ...inPath
      .filter((place) => !isKnown(place))
      .map((place) => mappingFinding(`there is no variable $${place}`, 'path')),
    ...Object.entries(body)
      .filter(([, place]) => !isKnown(place))
      .map(([name, place]) => mappingFinding(`there is no variable $${place}`, 'body', name)),
  ];
}

function checkResult(result: HttpMapping['result'], operation: OperationDefinitionNode): Finding[] {
  const keys = new Set<string>();
  for (const selection of operation.selectionSet.selections) {
    if (selection.kind !== Kind.FIELD) {
      return [mappingFinding('the root fields have to stand in the operation itself', 'result')];
    }
    keys.add((selection.alias ?? selection.name).value);
  }
  const missing = [...keys].filter((key) => !Object.hasOwn(result, key));
  const needless = Object.keys(result).filter((key) => !keys.has(key));
  const isPointer = (text: string): boolean => /^(\/([^~]|~[01])*)?$/.test(text);
  return [
    ...missing.map((key) => mappingFinding(`nothing fills the root field ${key}`, 'result')),
    ...needless.map((key) => mappingFinding(`there is no root field ${key}`, 'result', key)),
    ...Object.entries(result)
      .filter(([, pointer]) => !isPointer(pointer))
      .map(([key]) => mappingFinding('is no JSON Pointer (RFC 6901)', 'result', key)),
  ];
}

function mappingFinding(message: string, ...member: readonly string[]): Finding {
  return manifestFinding('MAPPING_DOES_NOT_FIT', message, 'mapping', ...member);
}
