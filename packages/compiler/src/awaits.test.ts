import { describe } from "vitest";
import { same } from "../test/compare.ts";

describe("await", () => {
	same(
		"of a call gives its value",
		`async function f(a) { return a + 1; } async function main() { log(await f(1)); return 5; }`,
	);
	same(
		"optional chains",
		`
const o = { m: async function (x) { return [this === o, x]; }, n: { async p(x) { return [this === o.n, x]; } }, z: undefined, g: null, async f() { return 7; } };
async function main() {
	const u = undefined;
	log(await o?.m(1)); log(await u?.m(1)); log(await o?.n.p(2)); log(await o.n?.p(3)); log(await o?.n?.p?.(4));
	log(await o.z?.(5)); log(await o.z?.p(6)); log(await o?.g?.p.q.r(7)); log(await u?.a.b.c(log("no")));
	log(await o.f?.()); log(await o["f"]?.()); log(await (o?.m)(8)); log(await o!.m!(9));
	try { await o?.z.p(1); } catch (e) { log(e); }
	try { await o?.missing(1); } catch (e) { log(e.name); }
}`,
	);
});
