import { Effect } from "effect";
import * as effection from "effection";
import { expectCount } from "../harness.mjs";
import { compiled, inRun } from "../holdfast.mjs";
import { effectionPause, effectPause, nativePause } from "../pauses.mjs";
import * as native from "../programs/request.mjs";

/** The generator form of programs/request.mjs: `wrap` turns a hoisted generator function into the library's function. */
function generatorProgram(wrap, pause) {
	const read = wrap(function* (store, key) {
		store.reads++;
		if (store.reads % store.every === 0) {
			store.suspensions++;
			yield* pause();
		}
		return store.values[key & 255];
	});
	const authenticate = wrap(function* (store, id) {
		const session = yield* read(store, id);
		const user = yield* read(store, session);
		return { id, user };
	});
	const permissions = wrap(function* (store, identity) {
		const role = yield* read(store, identity.user);
		const overrides = yield* read(store, role);
		return role > 127 || overrides > 127;
	});
	const items = wrap(function* (store, identity) {
		let sum = 0;
		for (let i = 0; i < 5; i++) {
			sum += yield* read(store, identity.user + i);
		}
		return sum;
	});
	const handle = wrap(function* (store, id) {
		store.open++;
		try {
			const identity = yield* authenticate(store, id);
			const allowed = yield* permissions(store, identity);
			const sum = yield* items(store, identity);
			const footer = yield* read(store, sum);
			return allowed ? sum + footer : footer;
		} finally {
			store.open--;
			store.handled++;
		}
	});
	return wrap(function* (store, n) {
		for (let i = 0; i < n; i++) {
			store.sum += yield* handle(store, i);
		}
		return store.handled;
	});
}

const values = Array.from({ length: 256 }, (_, i) => (i * 167 + 13) & 255);

/** Runs `serve` over a new store and checks reads, suspensions and the sum of all answers against the plain program. */
function counted(every, pause, serve) {
	return {
		async run(n) {
			const store = { reads: 0, every, suspensions: 0, pause, values, open: 0, handled: 0, sum: 0 };
			const handled = await serve(store, n);
			expectCount("reads", store.reads, 10 * n);
			expectCount("suspensions", store.suspensions, Math.floor((10 * n) / every));
			expectCount("open requests", store.open, 0);
			expectCount("sum", store.sum, expectedSum(n));
			return handled;
		},
	};
}

/** The answers, computed without any awaits; they repeat every 256 requests. */
function expectedSum(n) {
	let sum = 0;
	for (let i = 0; i < 256; i++) {
		const user = values[values[i]];
		const role = values[user];
		const allowed = role > 127 || values[role & 255] > 127;
		let itemsSum = 0;
		for (let k = 0; k < 5; k++) {
			itemsSum += values[(user + k) & 255];
		}
		const footer = values[itemsSum & 255];
		sum += (allowed ? itemsSum + footer : footer) * Math.ceil((n - i) / 256);
	}
	return sum;
}

function requestRow(percent) {
	const every = 100 / percent;
	return {
		work: `request-like handler, ${percent} % of leaf calls suspend`,
		unit: "request of 14 awaited calls, 10 of them leaf calls",
		native: "the same source as native async functions; a leaf suspends by await of undefined",
		step: 256,
		target: { native: percent === 1 ? 8 : 4 },
		contestants: {
			native: () => counted(every, nativePause, native.serve),
			"holdfast-compiled": async () => {
				const { checkpoint } = await import("holdfast");
				const program = await compiled("request");
				return counted(every, checkpoint, (store, n) => inRun(program.serve, store, n));
			},
			"holdfast-generators": async () => {
				const { checkpoint, coroutine } = await import("holdfast");
				const serve = generatorProgram(coroutine, checkpoint);
				return counted(every, undefined, (store, n) => inRun(serve, store, n));
			},
			effection: () => {
				const serve = generatorProgram(
					(body) => body,
					() => effectionPause,
				);
				return counted(every, undefined, (store, n) => effection.run(() => serve(store, n)));
			},
			effect: () => {
				const serve = generatorProgram(Effect.fnUntraced, () => effectPause);
				return counted(every, undefined, (store, n) => Effect.runPromise(serve(store, n)));
			},
		},
	};
}

export default [requestRow(1), requestRow(10)];
