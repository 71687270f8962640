import type { FastifyRequest, onRequestHookHandler } from "fastify";
import { type Myself, requireStepUp } from "../actions/sessions.ts";
import type { Scope } from "../domain/accounts.ts";
import { ProblemError } from "../domain/problems.ts";
import { admits, PERMISSIONS, type Permission, type PermissionName } from "../domain/roles.ts";
import type { App } from "./app.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** what the guard asks of whoever comes here: a row of domain/roles.ts */
    permission?: PermissionName;
  }
}

const signedIn = new WeakMap<FastifyRequest, Myself>();

/** Who is asking, in a route that is not for everybody. */
export function myselfOf(request: FastifyRequest): Myself {
  const me = signedIn.get(request);
  if (me === undefined) throw new Error(`${request.routeOptions.url} is for everybody: nobody is known here`);
  return me;
}

/**
 * Puts the guard before every route that is registered from now on: it looks at the permission that the route names,
 * before a byte of the body is read. A route without one does not come into being.
 */
export function guardRoutes(
  app: App,
  { whoIs, seconds }: { whoIs(request: FastifyRequest, scope: Scope | "any"): Promise<Myself>; seconds(): number },
): void {
  app.addHook("onRoute", (route) => {
    const { permission: name } = route.config ?? {};
    if (name === undefined) throw new Error(`${route.method} ${route.url} names no permission of domain/roles.ts`);
    const permission: Permission = PERMISSIONS[name];
    // whom a signature or a token in itself admits is judged by the use case
    if (["public", "signature", "operator"].includes(permission.who as string)) return;
    const guard: onRequestHookHandler = async (request) => {
      const me = await whoIs(request, permission.scope ?? "people");
      if (permission.by !== "useCase" && !admits(permission.who, me)) throw new ProblemError("not-allowed");
      if (permission.stepUp) requireStepUp(me, seconds());
      signedIn.set(request, me);
    };
    route.onRequest = [guard, ...[route.onRequest ?? []].flat()];
  });
}
