import { Cancelled, type Coroutine, cleanup, coroutine, Event, moveOnAfter, withTaskGroup } from "holdfast";

/** An address of a host. */
export interface HostAddress {
	readonly address: string;
	readonly family: 4 | 6;
}

/** The families in turn, beginning with that of the first address, each in its order (RFC 8305, section 4). */
export function interleave(addresses: readonly HostAddress[]): HostAddress[] {
	const first = addresses.filter(({ family }) => family === addresses[0]?.family);
	const second = addresses.filter(({ family }) => family !== addresses[0]?.family);
	const mixed: HostAddress[] = [];
	for (let index = 0; index < Math.max(first.length, second.length); index++)
		for (const address of [first[index], second[index]]) if (address !== undefined) mixed.push(address);
	return mixed;
}

/** What came of the attempts: a value, or the errors in the order of the targets. */
export type Raced<V> = { readonly value: V; readonly errors?: undefined } | { readonly errors: readonly unknown[] };

/**
 * Tries one target after the other, without waiting for those before longer than `delay` milliseconds each; a failure starts
 * the next at once. The first success wins: the other attempts are cancelled, and what they have brought all the same is
 * discarded, before this returns. Cancelled: the winner is discarded, too. (Happy Eyeballs version 2, RFC 8305, section 5.)
 */
export const raceTargets: <T, V>(
	targets: readonly T[],
	attempt: (target: T) => Coroutine<V>,
	discard: (value: V) => Coroutine<unknown>,
	delay: number,
) => Coroutine<Raced<V>> = /* @__PURE__ */ coroutine(function* raceTargets(
	targets: readonly unknown[],
	attempt: (target: unknown) => Coroutine<unknown>,
	discard: (value: unknown) => Coroutine<unknown>,
	delay: number,
): Generator<never, Raced<unknown>, unknown> {
	const errors: unknown[] = [];
	let winner: { readonly value: unknown } | undefined;
	let isTaken = false;
	try {
		yield* withTaskGroup(function* (group): Generator<never, void, unknown> {
			for (const [index, target] of targets.entries()) {
				const failed = new Event();
				group.spawnWith({ name: "attempt" }, function* (): Generator<never, void, unknown> {
					let value: unknown;
					try {
						value = yield* attempt(target);
					} catch (error) {
						if (error instanceof Cancelled) throw error;
						errors[index] = error;
						failed.set();
						return;
					}
					if (winner === undefined) {
						winner = { value };
						group.cancel("another address has answered");
					} else yield* cleanup(() => discard(value));
				});
				if (index < targets.length - 1) yield* moveOnAfter(delay, () => failed.wait());
			}
		});
		isTaken = true;
	} finally {
		const { value } = winner ?? {};
		if (!isTaken && winner !== undefined) yield* cleanup(() => discard(value));
	}
	return winner ?? { errors };
}) as never;
