import { checkpoint, withTaskGroup } from "holdfast";

async function child(counts, value) {
	counts.started++;
	await checkpoint();
	counts.finished++;
	return value;
}

async function batch(counts, size) {
	return await withTaskGroup(async (group) => {
		const tasks = [];
		for (let i = 0; i < size; i++) {
			tasks.push(group.spawn(child, counts, i));
		}
		let sum = 0;
		for (const task of tasks) {
			sum += await task;
		}
		return sum;
	});
}

export async function spawnAndJoin(counts, size, n) {
	for (let done = 0; done < n; done += size) {
		counts.sum += await batch(counts, size);
	}
}
