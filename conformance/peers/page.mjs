// docs/comparison.md: what was measured, as a table and case by case.

const HOLDS = "holds";
const FAILS = "**does not**";

/** The text of the page. */
export function pageOf(systems, { versions, cases }, programs) {
	const names = systems.map(({ key, name }) => `${name} ${versions[key] ?? "(not measured)"}`);
	const rows = [...programs].map(([name, program]) => {
		const cells = systems.map(({ key }) => cell(cases[name]?.[key], program.missing?.[key]));
		return `| [${program.guarantee}](#${name}) | ${cells.join(" | ")} |`;
	});
	const sections = [...programs].map(([name, program]) => section(name, program, systems, cases[name] ?? {}));
	return `# Holdfast and its peers, measured

Written by \`node conformance/peers.mjs --write\`; the tests check that it is current. Each line is one small program per system, in the
style that the system's own documentation recommends; all of them are in
[\`conformance/peers/\`](../conformance/peers/). The programs run, and what they show is compared with what the guarantee says: nothing
here is quoted from anybody's claims. The cases were chosen because they decide whether a program can be relied on, some because
peers are known to differ, and some because all agree.

"Does not" means that the program as written shows something else than the guarantee; it is no judgement on a design that promises
something else, and the notes say where a system documents another way. "–" means that the system has no such thing.

| guarantee | ${names.join(" | ")} |
| --- |${" --- |".repeat(systems.length)}
${rows.join("\n")}

## Case by case

${sections.join("\n")}`;
}

function cell(result, missing) {
	if (missing !== undefined) return "–";
	if (result === undefined) return "not measured";
	return result.holds ? HOLDS : FAILS;
}

function section(name, { guarantee, about, missing = {}, notes = {} }, systems, row) {
	const lines = systems.map(({ key, name: system }) => {
		if (missing[key] !== undefined) return `- ${system}: – (${missing[key]})`;
		const result = row[key];
		if (result === undefined) return `- ${system}: not measured`;
		const note = notes[key] === undefined ? "" : ` (${notes[key]})`;
		return `- ${system}: ${result.holds ? "holds" : "does not"}; seen: ${shown(result.seen)}${note}`;
	});
	return `<a id="${name}"></a>

### ${guarantee}

${about}

${lines.join("\n")}
`;
}

function shown(seen) {
	if (Array.isArray(seen)) return seen.length === 0 ? "nothing" : seen.map((it) => `\`${it}\``).join(", ");
	return `\`${String(seen).split("\n")[0]}\``;
}
