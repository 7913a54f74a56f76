/** What `npm run bench` prints: rows as they are measured, then tables in Markdown of targets and of growth. */

export function show(value) {
	return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}

function figureOf({ median_ns, value, unit }) {
	return median_ns === undefined ? `${show(value)} ${unit}` : `${show(median_ns)} ns`;
}

const amountOf = ({ median_ns, value }) => median_ns ?? value;

export function printRow(row, entries) {
	console.log(`\n${row.work}\n  per ${row.unit}; native: ${row.native}`);
	const byName = new Map(entries.map((entry) => [entry.contestant, entry]));
	for (const entry of entries) {
		const { contestant, median_ns, value, unit, ratio_vs_native, spread, details } = entry;
		const converted = median_ns !== undefined && value !== undefined ? `  ${show(value)} ${unit}` : "";
		const ratio = ratio_vs_native === null ? "" : `x${ratio_vs_native.toPrecision(3)}`;
		const noise = spread > 0.001 ? `±${(spread * 100).toFixed(0)} %` : "";
		const peers = contestant.startsWith("holdfast") ? comparedWithPeers(byName, amountOf(entry)) : "";
		const reached = reaches(row.target, entry, byName);
		const mark = reached === false ? "  missed" : "";
		console.log(
			`    ${contestant.padEnd(26)}${figureOf(entry).padStart(16)}  ${noise.padStart(6)}  ${ratio.padStart(7)}${converted}${peers}${mark}`,
		);
		if (details !== undefined) {
			const parts = Object.entries(details).map(([name, detail]) => `${name} ${detail === null ? "-" : show(detail)}`);
			console.log(`        ${parts.join(", ")}`);
		}
	}
	const remark = row.remark?.(Object.fromEntries(entries.map((entry) => [entry.contestant, entry.median_ns])));
	if (remark !== undefined) {
		console.log(`    ${remark}`);
	}
}

function comparedWithPeers(byName, own) {
	const parts = ["effection", "effect"].flatMap((name) => {
		const peer = byName.get(name);
		return peer === undefined ? [] : [`x${(amountOf(peer) / own).toPrecision(3)} ${name}`];
	});
	return parts.length === 0 ? "" : `  ${parts.join(", ")}`;
}

/**
 * Whether an entry of Holdfast reaches all of its row's targets: `below` and `above` are bounds of the value, every
 * other name is a contestant and at least how many times as fast as that. `undefined` if there is nothing to compare.
 */
function reaches(target, entry, byName) {
	if (target === undefined || !entry.contestant.startsWith("holdfast")) {
		return undefined;
	}
	const outcomes = [];
	if (target.below !== undefined) {
		outcomes.push((entry.value ?? entry.median_ns) < target.below);
	}
	if (target.above !== undefined) {
		outcomes.push(entry.value > target.above);
	}
	for (const [rival, ratio] of rivals(target)) {
		const other = byName.get(rival);
		if (other !== undefined && other !== entry) {
			outcomes.push(amountOf(other) / amountOf(entry) >= ratio);
		}
	}
	return outcomes.length === 0 ? undefined : outcomes.every(Boolean);
}

const rivals = ({ below: _below, above: _above, ...ratios }) => Object.entries(ratios);

/** Of the contestants to be beaten, those that were measured. */
function describeTarget(target, unit, byName) {
	const parts = [];
	if (target.below !== undefined) {
		parts.push(`under ${target.below.toLocaleString("en")} ${unit}`);
	}
	if (target.above !== undefined) {
		parts.push(`over ${target.above} ${unit}`);
	}
	for (const [rival, ratio] of rivals(target)) {
		if (byName.has(rival)) {
			parts.push(rival === "native" ? `x${ratio}` : `x${ratio} ${rival.replace("holdfast-", "")}`);
		}
	}
	return parts.join(", ");
}

/** What an entry reached of what its target asks for. */
function standing(target, entry, byName) {
	const ratios = rivals(target).flatMap(([rival]) => {
		const other = byName.get(rival);
		if (other === undefined || other === entry) {
			return [];
		}
		return [
			`x${ratioOf(amountOf(other) / amountOf(entry))}${rival === "native" ? "" : ` ${rival.replace("holdfast-", "")}`}`,
		];
	});
	const own = entry.details?.timer_own_p99;
	return [shownValue(entry), ...(own === undefined ? [] : [`own ${show(own)} ms`]), ...ratios].join(", ");
}

const ratioOf = (ratio) => (ratio >= 10 ? String(Math.round(ratio)) : ratio.toPrecision(2));

/** One line per row and front end, one column per runtime; a missed target is marked. */
export function targetTable(measured, runtimes) {
	const lines = [
		`| work | front end | target | ${runtimes.join(" | ")} |`,
		`| --- | --- | --- |${runtimes.map(() => " --- |").join("")}`,
	];
	const count = { reached: 0, missed: 0 };
	for (const { row, byRuntime } of measured) {
		if (row.target === undefined) {
			continue;
		}
		const names = new Set([...byRuntime.values()].flatMap((entries) => entries.map(({ contestant }) => contestant)));
		for (const name of [...names].filter((name) => name.startsWith("holdfast"))) {
			let goal;
			const cells = runtimes.map((runtime) => {
				const entries = byRuntime.get(runtime) ?? [];
				const byName = new Map(entries.map((entry) => [entry.contestant, entry]));
				const entry = byName.get(name);
				if (entry === undefined) {
					return "failed";
				}
				const reached = reaches(row.target, entry, byName);
				if (reached !== undefined) {
					count[reached ? "reached" : "missed"]++;
				}
				goal ??= describeTarget(row.target, entry.unit ?? "", byName);
				return `${standing(row.target, entry, byName)}${reached === false ? " **missed**" : ""}`;
			});
			if (goal === "") {
				continue;
			}
			const frontEnd = name === "holdfast-compiled" ? "compiled" : name.replace("holdfast-", "");
			lines.push(`| ${row.work} | ${frontEnd} | ${goal} | ${cells.join(" | ")} |`);
		}
	}
	return count.reached + count.missed === 0 ? undefined : { text: lines.join("\n"), ...count };
}

function shownValue({ median_ns, value, unit }) {
	return value === undefined ? `${show(median_ns)} ns` : `${show(value)} ${unit}`;
}

/** One line per series and front end: the figure at each size and, from the second on, its ratio to the first. */
export function growthTables(measured, runtimes) {
	const series = new Map();
	for (const { row, byRuntime } of measured) {
		if (row.series !== undefined) {
			const { name } = row.series;
			series.set(name, [...(series.get(name) ?? []), { row, byRuntime }]);
		}
	}
	const byHead = new Map();
	for (const [name, rows] of series) {
		if (rows.length < 2) {
			continue;
		}
		const sizes = rows.map(({ row }) => row.series.size.toLocaleString("en"));
		const head = `${rows[0].row.series.of}: ${sizes.join(" | ")}`;
		const lines = byHead.get(head) ?? [];
		byHead.set(head, lines);
		for (const runtime of runtimes) {
			const names = new Set(rows.flatMap(({ byRuntime }) => (byRuntime.get(runtime) ?? []).map((e) => e.contestant)));
			for (const contestant of names) {
				const entries = rows.map(({ byRuntime }) => byRuntime.get(runtime)?.find((e) => e.contestant === contestant));
				const base = entries.find((entry) => entry !== undefined);
				const cells = entries.map((entry) => {
					if (entry === undefined) {
						return "";
					}
					const growth = entry === base ? "" : ` (${ratioOf(amountOf(entry) / amountOf(base))})`;
					return `${figureOf(entry)}${growth}`;
				});
				const by = contestant.replace("holdfast-", "");
				lines.push(`| ${name} | ${by} | ${runtime} | ${cells.join(" | ")} |`);
				if (base.details?.gc_ns !== undefined) {
					const rest = entries.map((entry) => (entry === undefined ? "" : withoutCollector(entry, base)));
					lines.push(`| … without the collector | ${by} | ${runtime} | ${rest.join(" | ")} |`);
				}
			}
		}
	}
	return [...byHead].map(([head, lines]) => {
		const [of] = head.split(":");
		const columns = head.slice(of.length + 2);
		const rule = columns.split("|").map(() => " ---: |");
		return [`| ${of} | by | runtime | ${columns} |`, `| --- | --- | --- |${rule.join("")}`, ...lines].join("\n");
	});
}

function withoutCollector(entry, base) {
	const own = ({ median_ns, details }) => median_ns - details.gc_ns;
	const growth = entry === base ? "" : ` (${ratioOf(own(entry) / own(base))})`;
	return `${show(own(entry))} ns${growth}`;
}
