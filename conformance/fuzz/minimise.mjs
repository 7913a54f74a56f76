import { print, reductions } from "./tree.mjs";

/** Cuts `tree` down in place as long as `fails()` stays true, for at most `milliseconds`. */
export async function minimise(tree, fails, milliseconds) {
	const deadline = performance.now() + milliseconds;
	for (;;) {
		let progress = false;
		const steps = reductions(tree).sort((a, b) => b.size - a.size);
		for (const step of steps) {
			if (performance.now() > deadline) {
				return;
			}
			if (step.size <= 0 || !step.applies()) {
				continue;
			}
			const before = print(tree).length;
			const undo = step.apply();
			if (print(tree).length < before && (await fails())) {
				progress = true;
			} else {
				undo();
			}
		}
		if (!progress) {
			return;
		}
	}
}
