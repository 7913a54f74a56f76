import { Effect, Fiber, Option, Queue } from "effect";
import * as effection from "effection";
import { createChannel, run, sleep, withTaskGroup } from "holdfast";

export const guarantee = "A value is not lost when its receiver is cancelled in the step in which it was sent";
export const about =
	"A task waits for a value. One is sent, and the receiver is cancelled at once. The receiver has it, or it is still there for the next one.";
export const holds = (seen) => seen !== "lost";
export const notes = {
	effection: "the value has left the queue for the waiting operation, and is gone with it",
};

export async function holdfast() {
	let seen = "lost";
	await run(async () => {
		const { sender, receiver } = createChannel(Number.POSITIVE_INFINITY);
		await withTaskGroup(async (group) => {
			const task = group.spawn(async () => {
				await receiver.receive();
				seen = "received";
			});
			await sleep(1);
			sender.trySend("value");
			task.cancel();
		});
		if (receiver.tryReceive() !== undefined) seen = "still there";
	});
	return seen;
}

export async function inEffection() {
	let seen = "lost";
	await effection.run(function* () {
		const queue = effection.createQueue();
		const task = yield* effection.spawn(function* () {
			yield* queue.next();
			seen = "received";
		});
		yield* effection.sleep(1);
		queue.add("value");
		yield* task.halt();
		yield* effection.race([
			effection.sleep(20),
			effection.call(function* () {
				yield* queue.next();
				seen = "still there";
			}),
		]);
	});
	return seen;
}

export async function inEffect() {
	let seen = "lost";
	const program = Effect.gen(function* () {
		const queue = yield* Queue.unbounded();
		const fiber = yield* Effect.forkChild(
			Effect.gen(function* () {
				yield* Queue.take(queue);
				seen = "received";
			}),
		);
		yield* Effect.sleep(1);
		Queue.offerUnsafe(queue, "value");
		yield* Fiber.interrupt(fiber);
		if (Option.isSome(yield* Queue.poll(queue))) seen = "still there";
	});
	await Effect.runPromise(program);
	return seen;
}
