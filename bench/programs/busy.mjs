import { checkpoint, createChannel, withTaskGroup } from "holdfast";

/** `busy.on` says whether to go on; `busy.turns` counts; `busy.beside` is called now and then from inside the loop. */
export async function checkpoints(busy) {
	while (busy.on) {
		await checkpoint();
		busy.turn();
	}
}

async function echo(requests, answers) {
	for await (const value of requests) {
		await answers.send(value + 1);
	}
}

export async function pingPong(busy) {
	const requests = createChannel(1);
	const answers = createChannel(1);
	await withTaskGroup(async (group) => {
		group.spawn(echo, requests.receiver, answers.sender);
		while (busy.on) {
			await requests.sender.send(1);
			await answers.receiver.receive();
			busy.turn();
		}
		requests.sender.close();
	});
}

export async function crowd(busy, size) {
	await withTaskGroup(async (group) => {
		for (let i = 0; i < size; i++) {
			group.spawn(checkpoints, busy);
			if (i % 50 === 0) {
				await checkpoint();
			}
		}
	});
}

async function leaf(value) {
	return value + 1;
}

export async function neverSuspends(busy) {
	let value = 0;
	while (busy.on) {
		value = await leaf(value);
		busy.turn();
	}
	return value;
}
