/** All ways in which a program is compared. Which of them are taken is drawn from the program's own seed. */

/** One in so many chances to suspend is taken. */
export const rates = [1, 2, 3, 7, Number.POSITIVE_INFINITY];

export async function variantsOf(program, random, native) {
	const inRun = random.chance(0.7);
	const structure = random.chance(0.5) ? "scope" : "function";
	if (program.profile === "single") {
		return [
			...rates.map((every) => ({ every, ticks: "default", structure, inRun })),
			{ every: random.pick(rates), ticks: "native", structure, inRun },
		];
	}
	if (program.profile === "tasks") {
		return [
			...rates.map((every) => ({ every, ticks: "default", structure, inRun })),
			{ every: random.pick(rates), ticks: "native", structure, inRun },
		];
	}
	if (program.profile === "concurrent") {
		return rates.map((every) => ({ every, ticks: "native", structure: "scope", inRun }));
	}
	if (program.profile === "structured") {
		const common = { ticks: "default", structure: "function", inRun: true, structured: true };
		return [
			...rates.map((every) => ({ every, ...common })),
			{ every: random.pick(rates), ...common, ticks: "native" },
			...rates.slice(0, 4).map((every) => ({ every, ...common, cancelAt: 1 + random.below(20) })),
		];
	}
	const variants = [];
	const virtual = program.profile === "scopes";
	for (const every of rates) {
		const { points } = await native({ every });
		if (virtual) {
			variants.push({ every, ticks: "default", structure, inRun: true, virtual });
		}
		for (let i = 0; i < 2 && points.length > 0; i++) {
			variants.push({ every, ticks: "default", structure, inRun: true, virtual, cancelAt: random.pick(points) });
		}
	}
	return variants;
}
