// conformance/report.md: which ids of cases.md are held by a case, in which way of writing, and why the others are not.
import { readFileSync } from "node:fs";

const chapters = {
	"C1 Run and spawn": "RUN-01 02 04 05 06 08 09 10 12 13 14 16 17 18 20 21 22 24",
	"C2 Groups": "NUR-01 02 04 05 06 08 09 10 12 13 14 16 17 18 20 21 22 24 25 26 28 29 30 32 33 34 36 37 38 40 41 42",
	"C3 start()": "STA-01 02 04 05 06 08 09 10 12 13 14",
	"C4 Scopes, shielding": "CAN-01 02 04 05 06 08 09 10 12 13 14 16 17 18 20 21 22 24 25 26 28 29 30 32",
	"C5 Deadlines, timeouts": "DLN-01 02 04 05 06 08 09 10 12 13 14 16 17 18 20 21 22 24 25 26",
	"C6 Locks, events, semaphores, limiters": "SYN-01 02 04 05 06 08 09 10 12 13 14 16 17 18 20 21 22 24 25 26 28",
	"C7 Channels and queues": "CHN-01 02 04 05 06 08 09 10 12 13 14 16 17 18 20",
	"C8 Async generators": "AGN-01 02 04 05 06 08 09 10",
	"C9 Context": "CTX-01 02 04 05 06 08",
	"C10 Threads, workers": "THR-01 02 04 05 06 08",
	"C11 Signals": "SIG-01 02 04 05 06",
	"C12 Guest mode": "GST-01 02 04 05 06",
	"C13 Testing tools, clocks, instruments, eager": "TST-01 02 04 05 06 08 09 EAG-01 UNC-01 02",
};

/** Ids whose cases are being written, by feature. */
const later = {};

/** "RUN-01 02 TST-04" as whole ids. */
function expanded(list) {
	let prefix = "";
	return list.split(" ").map((it) => {
		if (!it.includes("-")) return `${prefix}-${it}`;
		prefix = it.split("-")[0];
		return it;
	});
}

/** The lines of DIFFERS.md by id, and the ids of its last section. */
function readDiffers() {
	const text = readFileSync(new URL("DIFFERS.md", import.meta.url), "utf8");
	const lines = (part) => new Map([...part.matchAll(/^- ([A-Z]+-\d+): (.+)$/gm)].map(([, id, reason]) => [id, reason]));
	const elsewhere = lines(text.slice(text.indexOf("\n## Not the core's\n")));
	return { differs: lines(text), elsewhere };
}

/** The text of report.md, and what is wrong with the accounts. */
export function reportOf(results) {
	const { differs, elsewhere } = readDiffers();
	const laterIds = new Map(Object.entries(later).flatMap(([what, ids]) => expanded(ids).map((id) => [id, what])));
	const cases = new Map();
	for (const { id, title, frontEnd, outcome } of results) {
		const titles = cases.get(id) ?? new Map();
		cases.set(id, titles);
		const frontEnds = titles.get(title) ?? new Set();
		titles.set(title, frontEnds);
		if (outcome !== "skipped" || frontEnd === "compiled") frontEnds.add(frontEnd);
	}

	const problems = [];
	const known = new Set();
	const tables = [];
	const counts = { held: 0, none: 0, elsewhere: 0, later: 0 };
	for (const [chapter, list] of Object.entries(chapters)) {
		const rows = [];
		for (const id of expanded(list)) {
			known.add(id);
			const reason = differs.get(id);
			if (cases.has(id)) {
				counts.held++;
				if (laterIds.has(id)) problems.push(`${id} has a case and is listed as later`);
				if (elsewhere.has(id)) problems.push(`${id} has a case and is said to be another package's`);
				rows.push(...rowsOf(id, cases.get(id), reason));
			} else if (laterIds.has(id)) {
				counts.later++;
				rows.push(`| ${id} | | | later: ${laterIds.get(id)} |`);
			} else if (elsewhere.has(id)) {
				counts.elsewhere++;
				rows.push(`| ${id} | | | not held yet, and not the core's: ${reason} |`);
			} else if (reason !== undefined) {
				counts.none++;
				rows.push(`| ${id} | | | no such thing: ${reason} |`);
			} else {
				problems.push(`${id} has no case, no place in DIFFERS.md and is not listed as later`);
			}
		}
		tables.push(section(chapter, rows));
	}
	const own = [...cases.keys()].filter((it) => it.startsWith("HF-")).sort();
	for (const id of [...cases.keys(), ...differs.keys()]) {
		if (!known.has(id) && !id.startsWith("HF-")) problems.push(`${id} is no id of cases.md`);
	}
	tables.push(
		section(
			"Holdfast's own",
			own.flatMap((id) => rowsOf(id, cases.get(id))),
		),
	);

	const text = `# Conformance report

Written by \`node conformance/run.mjs --write\`; CI checks that it is current.

Of the ${known.size} ids of \`cases.md\`:

- ${counts.held} are held by cases;
- ${counts.none} have no meaning here ([DIFFERS.md](DIFFERS.md));
- ${counts.elsewhere} are not held yet, because their meaning is another package's (DIFFERS.md names it);
- ${counts.later} have no case yet.

${own.length} ids are Holdfast's own. "differs" means that DIFFERS.md gives the rule. A case that is not run as generators has no meaning there.

${tables.join("\n")}`;
	return { text, problems };
}

function rowsOf(id, titles, reason) {
	return [...titles].map(([title, frontEnds]) => {
		const ways = ["compiled", "generators"].map((it) => (frontEnds.has(it) ? "yes" : ""));
		return `| ${id} | ${ways.join(" | ")} | ${title.replaceAll("|", "\\|")}${reason === undefined ? "" : " (differs)"} |`;
	});
}

function section(title, rows) {
	return `## ${title}\n\n| id | compiled | generators | case |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}
