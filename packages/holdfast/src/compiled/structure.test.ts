// Random structured programs: nothing that a function has started outlives it, whatever is cancelled, and when.
import fc from "fast-check";
import { expect, test } from "vitest";
import { compile } from "../../test/compile.ts";
import { virtually } from "../../test/virtually.ts";
import { VirtualLoop } from "../loops/virtual.ts";

/** A statement; numbers are delays, or functions counted from the calling one on. */
type Statement =
	| { readonly kind: "sleep" | "await" | "bare" | "cancelled" | "spawn" | "late"; readonly number: number }
	| {
			readonly kind: "limit" | "group" | "shield" | "finally";
			readonly number: number;
			readonly inside: readonly Statement[];
	  };

const FUNCTIONS = 4;

const statement = (depth: number): fc.Arbitrary<Statement> => {
	const leaf = fc.record({
		kind: fc.constantFrom("sleep", "await", "bare", "cancelled", "spawn", "late"),
		number: fc.nat(9),
	}) as fc.Arbitrary<Statement>;
	if (depth === 0) return leaf;
	const inside = fc.array(statement(depth - 1), { minLength: 1, maxLength: 3 });
	const block = fc.record({
		kind: fc.constantFrom("limit", "group", "shield", "finally"),
		number: fc.nat(9),
		inside,
	}) as fc.Arbitrary<Statement>;
	return fc.oneof(leaf, leaf, block);
};

const program = fc.array(fc.array(statement(2), { minLength: 1, maxLength: 4 }), {
	minLength: FUNCTIONS,
	maxLength: FUNCTIONS,
});

/** Calls go to later functions only, so every program ends. */
function render(statements: readonly Statement[], own: number, nested = true): string {
	return statements.map((it) => renderOne(it, own, nested)).join("\n");
}

function renderOne(it: Statement, own: number, nested: boolean): string {
	const callee = own + 1 + (it.number % Math.max(FUNCTIONS - own - 1, 1));
	const call = callee < FUNCTIONS ? `f${callee}` : "leaf";
	switch (it.kind) {
		case "sleep":
			return `await sleep(${it.number});`;
		case "await":
			return `{ const id = next(); try { await ${call}(id, me); } finally { returned(id); } }`;
		case "bare":
			return `${call}(next(), me);`;
		case "cancelled":
			return `{ const it = ${call}(next(), me); await sleep(${it.number}); taskOf(it).cancel(); }`;
		case "spawn":
			return `await withTaskGroup(async (group) => { group.spawn(${call}, next(), me); });`;
		case "late":
			// A late callback is its activation's while that is open: the function's here, not that of an arrow inside.
			return nested ? "" : `timer(${it.number}, me, async () => { await ${call}(next(), me); });`;
		case "limit":
			return `await moveOnAfter(${it.number}, async () => { ${render(it.inside, own)} });`;
		case "group":
			return `await withTaskGroup(async (group) => { ${it.number < 3 ? "group.cancel();" : ""} ${render(it.inside, own)} });`;
		case "shield":
			return `await shield(async () => { ${render(it.inside, own)} });`;
		case "finally":
			return `try { await sleep(${it.number}); } finally { ${render(it.inside, own)} }`;
	}
}

function source(functions: readonly (readonly Statement[])[]): string {
	const body = (statements: string) =>
		`begun(me, parent); try { ${statements} } finally { await sleep(1); ended(me); }`;
	const all = functions.map(
		(statements, index) => `async function f${index}(me, parent) { ${body(render(statements, index, false))} }`,
	);
	return `${all.join("\n")}
		async function leaf(me, parent) { ${body("await sleep(5);")} }
		async function main() { const id = next(); await moveOnAfter(60, async () => { try { await f0(id, 0); } finally { returned(id); } }); }`;
}

/** Runs it, and gives what is wrong: calls that still ran when the call that had made them was over. */
async function violations(functions: readonly (readonly Statement[])[]): Promise<string[]> {
	const loop = new VirtualLoop();
	const wrong: string[] = [];
	const parents = new Map<number, number>();
	const live = new Set<number>();
	const descends = (id: number, from: number): boolean =>
		id !== 0 && (id === from || descends(parents.get(id) ?? 0, from));
	let last = 0;
	const main = compile(source(functions), {
		next: () => ++last,
		begun: (id: number, parent: number) => {
			parents.set(id, parent);
			live.add(id);
		},
		ended: (id: number) => live.delete(id),
		returned: (id: number) => {
			for (const other of live) if (descends(other, id)) wrong.push(`${other} runs on after ${id} has returned`);
		},
		timer: (delay: number, owner: number, callback: () => void) => {
			loop.callAt(loop.now() + delay, () => {
				if (live.has(owner)) callback();
			});
		},
	});
	await virtually(main, { loop });
	for (const id of live) wrong.push(`${id} runs on after the run`);
	return wrong;
}

test("no call outlives the call that made it", async () => {
	await fc.assert(
		fc.asyncProperty(program, async (functions) => {
			expect(await violations(functions)).toEqual([]);
		}),
		{ numRuns: 200 },
	);
});
