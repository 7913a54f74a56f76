// Random trees of scopes, shields, cleanup regions and tasks, cancelled at random, against a model of who has to stop.
import fc from "fast-check";
import { test } from "vitest";
import { virtually } from "../test/virtually.ts";
import { coroutine } from "./coroutine.ts";
import { type TaskGroup, withTaskGroup } from "./group.ts";
import { type CancelScope, cleanup, withCancelScope } from "./scopes.ts";
import { now, sleep, sleepUntil } from "./sleep.ts";

/** A region in which a task sleeps until `END`, after opening the regions inside it, each in a task of its own. */
interface Region {
	readonly kind: "scope" | "shield" | "cleanup";
	/** When it is cancelled, if it is. */
	readonly cancelAt: number | undefined;
	readonly grace: number | undefined;
	readonly inside: readonly Region[];
}

const END = 100;
const DEFAULT_GRACE = 30;

const region = (depth: number): fc.Arbitrary<Region> =>
	fc.record({
		kind: fc.constantFrom("scope", "scope", "shield", "cleanup"),
		cancelAt: fc.option(fc.integer({ min: 1, max: END - 1 }), { nil: undefined }),
		grace: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
		inside: depth === 0 ? fc.constant([]) : fc.array(region(depth - 1), { maxLength: 3 }),
	});

/** When a wait is interrupted here: as ordinary code, and as cleanup. */
interface Limits {
	readonly soft: number;
	readonly hard: number;
	readonly grace: number;
}

const FREE: Limits = { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY, grace: DEFAULT_GRACE };

/** The model: when the sleeper of each region is interrupted, in the order in which the regions are written. */
function expected(
	{ kind, cancelAt, grace = DEFAULT_GRACE, inside }: Region,
	outside: Limits,
	into: number[] = [],
): number[] {
	const own = cancelAt ?? Number.POSITIVE_INFINITY;
	// A cleanup region has no scope of its own here that could be cancelled; it lets through what was hard outside.
	const limits: Limits =
		kind === "cleanup"
			? { soft: outside.hard, hard: outside.hard, grace: outside.grace }
			: kind === "shield"
				? { soft: own, hard: own + grace, grace }
				: { soft: Math.min(own, outside.soft), hard: Math.min(own + grace, outside.hard), grace };
	into.push(Math.min(limits.soft, END));
	for (const inner of inside) expected(inner, limits, into);
	return into;
}

/** The real thing: when each sleeper has stopped, in the same order. */
async function actual(root: Region): Promise<number[]> {
	const regions = flatten(root);
	const stopped: number[] = [];
	const open = coroutine(function* (region: Region): Generator<unknown, void, never> {
		const body = (group: TaskGroup) => fill(region, group);
		if (region.kind === "cleanup") yield* cleanup(() => withTaskGroup(body));
		else
			yield* withCancelScope(
				{ shield: region.kind === "shield", grace: region.grace ?? DEFAULT_GRACE },
				function* (scope) {
					if (region.cancelAt !== undefined) cancelAt(region.cancelAt, scope);
					yield* withTaskGroup(body);
				},
			);
	});
	function* fill(region: Region, group: TaskGroup): Generator<unknown, void, never> {
		for (const inner of region.inside) group.spawn(open, inner);
		try {
			yield* sleep(END);
		} finally {
			stopped[regions.indexOf(region)] = now();
		}
	}
	let cancelAt: (at: number, scope: CancelScope) => void;
	await virtually(() =>
		withTaskGroup((group) => {
			cancelAt = (at, scope) =>
				void group.spawn(function* () {
					yield* sleepUntil(at);
					scope.cancel();
				});
			group.spawn(open, root);
		}),
	);
	return stopped;
}

function flatten(region: Region): Region[] {
	return [region, ...region.inside.flatMap(flatten)];
}

test("whoever is in reach of a cancellation is interrupted in that moment, and nobody else", async () => {
	await fc.assert(
		fc.asyncProperty(region(3), async (root) => {
			const seen = await actual(root);
			const model = expected(root, FREE);
			if (seen.length !== model.length) throw new Error(`${seen.length} sleepers, expected ${model.length}`);
			for (const [index, at] of model.entries())
				if (seen[index] !== at)
					throw new Error(`sleeper ${index} stopped at ${seen[index]}, expected ${at}: ${seen} against ${model}`);
		}),
		{ numRuns: 300 },
	);
});
