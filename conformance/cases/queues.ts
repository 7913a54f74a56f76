import {
	type CancelScope,
	ClosedResourceError,
	type Coroutine,
	EndOfChannelError,
	MisuseError,
	PriorityQueue,
	Queue,
	sleep,
	withCancelScope,
	withTaskGroup,
} from "holdfast";
import { equal, instance, test, thrown, thrownBy } from "../harness.ts";

/** Lets all tasks run until they wait. */
const settle = (): Coroutine<void> => sleep(1);

const kinds: Record<string, (capacity?: number) => Queue<number>> = {
	queue: (capacity) => new Queue(capacity),
	"priority queue": (capacity) => new PriorityQueue((a, b) => a - b, capacity),
};

for (const [kind, make] of Object.entries(kinds)) {
	test("CHN-17", `${kind}, shut down: get drains it and then tells the end; put is refused`, async () => {
		const queue = make(3);
		for (const value of [1, 2]) await queue.put(value);
		queue.shutdown();
		instance(await thrown(() => queue.put(3)), ClosedResourceError);
		instance(
			thrownBy(() => queue.tryPut(3)),
			ClosedResourceError,
		);
		equal([await queue.get(), queue.tryGet()], [1, { value: 2 }]);
		for (let i = 0; i < 2; i++) instance(await thrown(() => queue.get()), EndOfChannelError);
		instance(
			thrownBy(() => queue.tryGet()),
			EndOfChannelError,
		);
	});

	test("CHN-17", `${kind}, shut down: those who wait in put and get are woken`, async () => {
		const full = make(1);
		const empty = make();
		const log: string[] = [];
		await full.put(1);
		await withTaskGroup(async (group) => {
			for (let i = 0; i < 2; i++) {
				group.spawn(async () => {
					log.push(`put: ${((await thrown(() => full.put(2))) as Error).name}`);
				});
				group.spawn(async () => {
					log.push(`get: ${((await thrown(() => empty.get())) as Error).name}`);
				});
			}
			await settle();
			full.shutdown();
			empty.shutdown();
		});
		equal(log.sort(), [
			"get: EndOfChannelError",
			"get: EndOfChannelError",
			"put: ClosedResourceError",
			"put: ClosedResourceError",
		]);
		equal(await full.get(), 1);
		equal(full.size, 0);
	});

	test("CHN-17", `${kind}, shut down at once: what is in it is dropped, and join goes on`, async () => {
		const queue = make(2);
		let joined = false;
		for (const value of [1, 2]) await queue.put(value);
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				await queue.join();
				joined = true;
			});
			await settle();
			queue.shutdown({ immediate: true });
			await settle();
			equal([joined, queue.size], [true, 0]);
		});
		instance(await thrown(() => queue.get()), EndOfChannelError);
		instance(
			thrownBy(() => queue.taskDone()),
			MisuseError,
		);
	});

	test("CHN-17", `${kind}, shut down at once with work under way: join waits for that`, async () => {
		const queue = make();
		let joined = false;
		for (const value of [1, 2]) await queue.put(value);
		equal(await queue.get(), 1);
		await withTaskGroup(async (group) => {
			group.spawn(async () => {
				await queue.join();
				joined = true;
			});
			queue.shutdown({ immediate: true });
			await settle();
			equal(joined, false);
			queue.taskDone();
			await settle();
			equal(joined, true);
		});
	});

	test("CHN-18", `${kind}: readers that are cancelled around a put drop nothing and keep the order`, async () => {
		const queue = make(10);
		const values: number[] = [];
		await withTaskGroup(async (group) => {
			const scopes: CancelScope[] = [];
			for (let i = 0; i < 5; i++) {
				group.spawn(() =>
					withCancelScope(async (scope) => {
						scopes.push(scope);
						values.push(await queue.get());
					}),
				);
			}
			await settle();
			for (let i = 1; i <= 3; i++) queue.tryPut(i);
			for (const scope of scopes) scope.cancel();
			for (let i = 4; i <= 5; i++) queue.tryPut(i);
		});
		queue.shutdown();
		for await (const value of queue) values.push(value);
		equal(values, [1, 2, 3, 4, 5]);
	});

	test("CHN-20", `${kind}: taskDone once too often is an error; join of an empty queue returns`, async () => {
		const queue = make();
		await queue.join();
		instance(
			thrownBy(() => queue.taskDone()),
			MisuseError,
		);
		await queue.put(1);
		queue.taskDone();
		await queue.join();
		instance(
			thrownBy(() => queue.taskDone()),
			MisuseError,
		);
	});
}

test(
	"HF-QUE-01",
	"a priority queue gives the smallest first, and of equal ones the one that was put first",
	async () => {
		const queue = new PriorityQueue<string>((a, b) => a.charCodeAt(0) - b.charCodeAt(0));
		for (const value of ["c1", "a1", "b1", "a2", "c2", "b2", "a3"]) await queue.put(value);
		queue.shutdown();
		const values: string[] = [];
		for await (const value of queue) values.push(value);
		equal(values, ["a1", "a2", "a3", "b1", "b2", "c1", "c2"]);
	},
);

test("HF-QUE-02", "workers share a queue: join waits until the work is done", async () => {
	const queue = new Queue<number>(2);
	let sum = 0;
	await withTaskGroup(async (group) => {
		for (let worker = 0; worker < 3; worker++) {
			group.spawn(async () => {
				for await (const value of queue) {
					await sleep(value);
					sum += value;
					queue.taskDone();
				}
			});
		}
		for (let value = 1; value <= 10; value++) await queue.put(value);
		await queue.join();
		equal(sum, 55);
		queue.shutdown();
	});
});
