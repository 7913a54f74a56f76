import { useAction, useStream, useTask } from "@holdfast/interop/react";
import { useState } from "react";
import { type Entry, load, watchLog } from "./api.ts";

const planets = ["Mercury", "Venus", "Mars", "Jupiter", "Saturn"];
const parts = ["orbit", "weather", "moons"];

export function App(): React.JSX.Element {
	const [planet, setPlanet] = useState<string>();
	return (
		<main>
			<header>
				<h1>Observatory</h1>
				<p>Each card asks a slow server. Leave before it answers: the request is aborted.</p>
			</header>
			<nav>
				{planets.map((name) => (
					<button
						key={name}
						type="button"
						className={name}
						aria-pressed={name === planet}
						onClick={() => setPlanet(name)}
					>
						<span className="disc" />
						{name}
					</button>
				))}
			</nav>
			{planet === undefined ? (
				<section className="panel empty">Point at a planet.</section>
			) : (
				<Panel key={planet} planet={planet} onClose={() => setPlanet(undefined)} />
			)}
			<Wire />
		</main>
	);
}

function Panel({ planet, onClose }: { planet: string; onClose: () => void }): React.JSX.Element {
	const hail = useAction(() => load(planet, "hail"), { policy: "drop" });
	return (
		<section className={`panel ${planet}`}>
			<div className="title">
				<h2>{planet}</h2>
				<button type="button" className="hail" disabled={hail.status === "running"} onClick={() => hail.start()}>
					{hail.status === "running" ? "Hailing …" : (hail.value ?? "Hail")}
				</button>
				<button type="button" className="close" aria-label="Close" onClick={onClose}>
					×
				</button>
			</div>
			<div className="cards">
				{parts.map((part) => (
					<Card key={part} planet={planet} part={part} />
				))}
			</div>
		</section>
	);
}

function Card({ planet, part }: { planet: string; part: string }): React.JSX.Element {
	const task = useTask(() => load(planet, part), [planet, part]);
	return (
		<article className={task.status} aria-busy={task.status === "running"}>
			<h3>{part}</h3>
			{task.status === "running" && <div className="waiting" />}
			{task.status === "done" && <p>{task.value}</p>}
			{task.status === "failed" && <p role="alert">{String(task.error)}</p>}
		</article>
	);
}

/** What the server has seen, newest first. */
function Wire(): React.JSX.Element {
	const { value: log = [] } = useStream(watchLog, []);
	const count = (state: Entry["state"]): number => log.filter((entry) => entry.state === state).length;
	return (
		<footer>
			<h3>
				What the server sees: <b className="open">{count("open")} open</b>{" "}
				<b className="finished">{count("finished")} answered</b> <b className="aborted">{count("aborted")} aborted</b>
			</h3>
			<ol>
				{log
					.slice(-12)
					.reverse()
					.map(({ id, path, state }) => (
						<li key={id} className={state}>
							<span>{path}</span>
							<i />
							<em>{state}</em>
						</li>
					))}
			</ol>
		</footer>
	);
}
