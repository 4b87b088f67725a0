import 'reflect-metadata';
import { type INestApplication, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type Access, ACCESS_METADATA } from './access.js';
import type { Route } from './route-table.js';

/**
 * Reads every route of the Nest application.
 * @throws Error when a route states no access: nothing is public by accident.
 */
export function nestRoutes(app: INestApplication): Route[] {
  const discovery = app.get(DiscoveryService, { strict: false });
  const scanner = new MetadataScanner();
  const routes: Route[] = [];
  for (const { metatype, instance } of discovery.getControllers()) {
    if (!metatype || !instance) continue;
    const prototype = Object.getPrototypeOf(instance) as object;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const handler = (prototype as Record<string, unknown>)[name];
      if (typeof handler !== 'function') continue;
      const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
      if (method === undefined) continue;
      const access = (Reflect.getMetadata(ACCESS_METADATA, handler) ??
        Reflect.getMetadata(ACCESS_METADATA, metatype)) as Access | undefined;
      if (!access)
        throw new Error(
          `${metatype.name}.${name} states no access: add @Authenticated, @Operator or @Public`,
        );
      for (const prefix of pathsOf(metatype)) {
        for (const path of pathsOf(handler)) {
          routes.push({ method: RequestMethod[method], path: joinPath(prefix, path), access });
        }
      }
    }
  }
  return routes;
}

function pathsOf(target: object): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return Array.isArray(path) ? path : [path ?? ''];
}

function joinPath(prefix: string, path: string): string {
  const parts = [...prefix.split('/'), ...path.split('/')].filter((part) => part !== '');
  return `/${parts.join('/')}`;
}
