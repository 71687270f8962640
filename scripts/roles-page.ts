import { KIND_RULES, Role, type RoleName, roleName } from "../server/domain/entries/kinds.ts";
import {
  FIELDS,
  GRANTED_BY,
  PERMISSIONS,
  type Permission,
  type PermissionName,
  type Who,
} from "../server/domain/roles.ts";

type Route = { method: string; url: string; permission: PermissionName | undefined };

const ROLES = Object.keys(Role) as RoleName[];
const whole = {
  public: "everybody",
  signature: "who signed it",
  operator: "the operator",
  signedIn: "who is signed in",
  account: "who has an account, of his own",
  maker: "who made it",
} as const;

/** What a role can do with a permission: where. */
function cell(who: Who, role: RoleName): string {
  if (typeof who === "string") return who === "public" || who === "signedIn" ? "yes" : "–";
  const scopes = who.filter(({ roles }) => roles.includes(Role[role])).map(({ scope }) => scope);
  if (scopes.includes("register")) return "all";
  if (scopes.includes("covering")) return "agency";
  return scopes.includes("entity") ? "own" : "–";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** docs/reference/roles.md: who may do what, made of domain/roles.ts, the kinds' rules and the routes that there are. */
export function rolesPage(routes: readonly Route[]): string {
  const known = routes.filter(
    (route): route is Route & { permission: PermissionName } =>
      route.permission !== undefined && route.method !== "HEAD",
  );
  const permissions = Object.entries(PERMISSIONS) as [PermissionName, Permission][];
  const byRole = known.map(({ method, url, permission }) => {
    const { who } = PERMISSIONS[permission];
    const others = typeof who === "string" ? whole[who] : "–";
    return [`\`${method} ${url}\``, `\`${permission}\``, others, ...ROLES.map((role) => cell(who, role))];
  });
  const kinds = Object.entries(KIND_RULES).map(([name, { roles, second }]) => [
    name,
    roles.length === 0 ? "as the entry that it names" : roles.map(roleName).join(", "),
    second === "never"
      ? "–"
      : { always: "approver", code: "approver, for some codes", policy: "as the rule set says" }[second],
  ]);
  return `# Who may do what

Made of \`server/domain/roles.ts\`, the kinds' rules and the routes; \`npm run examples\` writes it, a test compares it.

Offices come from the ledger, never from a token. *agency*: an office at the agency in question, or above it where it covers what is below. *own*: as the supplier in question. *all*: anywhere in the register. *yes*: without an office. A suspended office counts for nothing, an office that was delegated counts for both people: nobody approves his own act, nor through a delegate of himself. What comes with a signature (*who signed it*) needs no session: the signature is looked at, and the ledger is the judge. A machine has only what its scope names.

${byRole.length} routes × ${ROLES.length} roles:

${table(["route", "permission", "without an office", ...ROLES], byRole)}

## Permissions

${table(
  ["permission", "second factor", "machines", "to"],
  permissions.map(([name, { stepUp, scope, en, who }]) => {
    const machines = who === "public" || who === "signature" ? "yes" : (scope ?? "–");
    return [`\`${name}\``, stepUp ? "in the last five minutes" : "–", machines, en];
  }),
)}

## Fields that are not for everybody

${table(
  ["field", "permission", "rule"],
  FIELDS.map(({ field, permission, rule }) => [field.en, `\`${permission}\``, rule.en]),
)}

## Who makes which kind of entry

From the rules that the ledger enforces. A supplier's signature beside the maker's counts as his countersignature.

${table(["kind", "made by", "second signature"], kinds)}

## Who grants which office

${table(
  ["office", "granted by", "and"],
  Object.entries(GRANTED_BY).map(([role, { first, second = "–" }]) => [role, first, second]),
)}
`;
}
