import { createChannel, withTaskGroup } from "holdfast";

async function echo(requests, answers, n) {
	for (let i = 0; i < n; i++) {
		await answers.send((await requests.receive()) + 1);
	}
}

export async function pingPong(n) {
	const requests = createChannel(1);
	const answers = createChannel(1);
	return await withTaskGroup(async (group) => {
		group.spawn(echo, requests.receiver, answers.sender, n);
		let value = 0;
		for (let i = 0; i < n; i++) {
			await requests.sender.send(value);
			value = await answers.receiver.receive();
		}
		return value;
	});
}
