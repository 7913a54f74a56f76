import { checkpoint, createChannel, Lock, Semaphore, withTaskGroup } from "holdfast";

/** Takes it, counts, and hands it to whoever waits longest, until `n` have had it while all others waited. */
async function contender(counts, thing, n) {
	counts.ready++;
	while (counts.done < n) {
		await thing.acquire();
		counts.take();
		thing.release();
	}
}

export const makeLock = () => new Lock();
export const makeSemaphore = () => new Semaphore(1);

export async function contend(counts, thing, waiters, n) {
	await withTaskGroup(async (group) => {
		await thing.acquire();
		for (let i = 0; i <= waiters; i++) {
			group.spawn(contender, counts, thing, n);
		}
		while (thing.statistics().waiting <= waiters) {
			await checkpoint();
		}
		counts.start();
		thing.release();
	});
}

async function receiver(counts, end) {
	for await (const value of end) {
		counts.sum += value;
		counts.take();
	}
}

export async function messages(counts, waiters, n) {
	const { sender, receiver: end } = createChannel(0);
	await withTaskGroup(async (group) => {
		for (let i = 0; i < waiters; i++) {
			group.spawn(receiver, counts, end.clone());
		}
		end.close();
		while (sender.statistics().waitingReceivers < waiters) {
			await checkpoint();
		}
		counts.start();
		for (let i = 0; i < n; i++) {
			await sender.send(1);
		}
		sender.close();
	});
}

async function waiter(counts, thing) {
	try {
		await thing.acquire();
		counts.woken++;
	} finally {
		counts.done++;
	}
}

/** `n` tasks wait for what is held, and all are cancelled. */
export async function cancelWaiters(counts, thing, n) {
	await thing.acquire();
	await withTaskGroup(async (group) => {
		for (let i = 0; i < n; i++) {
			group.spawn(waiter, counts, thing);
		}
		while (thing.statistics().waiting < n) {
			await checkpoint();
		}
		counts.start();
		group.cancel();
	});
	counts.stop();
}
