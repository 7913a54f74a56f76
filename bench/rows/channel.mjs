import { Effect, Fiber, Queue } from "effect";
import * as effection from "effection";
import { compiled, inRun } from "../holdfast.mjs";

/** A queue as one writes it by hand: values, or the resolvers of those who wait. */
class NativeQueue {
	#values = [];
	#waiting = [];
	send(value) {
		if (this.#waiting.length > 0) {
			this.#waiting.shift()(value);
		} else {
			this.#values.push(value);
		}
	}
	receive() {
		return this.#values.length > 0
			? Promise.resolve(this.#values.shift())
			: new Promise((resolve) => this.#waiting.push(resolve));
	}
}
async function nativeEcho(requests, answers, n) {
	for (let i = 0; i < n; i++) {
		answers.send((await requests.receive()) + 1);
	}
}
async function nativePingPong(n) {
	const requests = new NativeQueue();
	const answers = new NativeQueue();
	const echo = nativeEcho(requests, answers, n);
	let value = 0;
	for (let i = 0; i < n; i++) {
		requests.send(value);
		value = await answers.receive();
	}
	await echo;
	return value;
}

function* effectionEcho(requests, answers, n) {
	for (let i = 0; i < n; i++) {
		answers.add((yield* requests.next()).value + 1);
	}
}
function* effectionPingPong(n) {
	const requests = effection.createQueue();
	const answers = effection.createQueue();
	const echo = yield* effection.spawn(() => effectionEcho(requests, answers, n));
	let value = 0;
	for (let i = 0; i < n; i++) {
		requests.add(value);
		value = (yield* answers.next()).value;
	}
	yield* echo;
	return value;
}

const effectEcho = Effect.fnUntraced(function* (requests, answers, n) {
	for (let i = 0; i < n; i++) {
		yield* Queue.offer(answers, (yield* Queue.take(requests)) + 1);
	}
});
const effectPingPong = Effect.fnUntraced(function* (n) {
	const requests = yield* Queue.bounded(1);
	const answers = yield* Queue.bounded(1);
	const echo = yield* Effect.forkChild(effectEcho(requests, answers, n));
	let value = 0;
	for (let i = 0; i < n; i++) {
		yield* Queue.offer(requests, value);
		value = yield* Queue.take(answers);
	}
	yield* Fiber.join(echo);
	return value;
});

export default {
	work: "channel ping-pong",
	unit: "round trip: two messages between two tasks",
	native: "an array of values and an array of promise resolvers",
	target: { native: 1.5, effection: 25, effect: 40 },
	contestants: {
		native: () => ({ run: nativePingPong }),
		"holdfast-compiled": async () => {
			const program = await compiled("channel");
			return { run: (n) => inRun(program.pingPong, n) };
		},
		"holdfast-generators": async () => {
			const { coroutine, createChannel, withTaskGroup } = await import("holdfast");
			const echo = coroutine(function* (requests, answers, n) {
				for (let i = 0; i < n; i++) {
					yield* answers.send((yield* requests.receive()) + 1);
				}
			});
			function* ping(group, n) {
				const requests = createChannel(1);
				const answers = createChannel(1);
				group.spawn(echo, requests.receiver, answers.sender, n);
				let value = 0;
				for (let i = 0; i < n; i++) {
					yield* requests.sender.send(value);
					value = yield* answers.receiver.receive();
				}
				return value;
			}
			const pingPong = coroutine(function* (n) {
				return yield* withTaskGroup((group) => ping(group, n));
			});
			return { run: (n) => inRun(pingPong, n) };
		},
		effection: () => ({ run: (n) => effection.run(() => effectionPingPong(n)) }),
		effect: () => ({ run: (n) => Effect.runPromise(effectPingPong(n)) }),
	},
};
