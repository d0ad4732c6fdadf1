"use strict";
// Decisions, one keystroke each. A decision counts as saved only when the server said so; until then it is shown as
// unsaved, kept in order, and sent again. Only what the server refuses as wrong in itself is given up.

const RETRY = 1500; // ms
const MOST_LABELS = 200; // offered as buttons; any other can be typed

class Triage {
  constructor(app) {
    Object.assign(this, { app, queue: [], sending: false, waiting: [] });
    this.bar = app.part("triage");
    this.bar.hidden = false;
    this.keys = new Map([...this.bar.querySelectorAll("button[data-key]")].map((button) => [button.dataset.key, button.dataset.decision]));
    for (const button of this.bar.querySelectorAll("button[data-key]")) button.addEventListener("click", () => app.soon(() => this.act(button.dataset.decision)));
    this.dialog = app.part("relabel");
    this.buildDialog();
    app.overlay = (row) => this.overlay(row);
    app.saved = () => (this.queue.length ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve());
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("beforeunload", (event) => this.queue.length && event.preventDefault());
  }

  key(event) {
    if (!this.app.listens(event) || event.repeat) return;
    const action = this.keys.get(event.key.toLowerCase());
    if (!action) return;
    event.preventDefault();
    this.app.soon(() => this.act(action));
  }

  act(action) {
    const { opened } = this.app.table;
    if (action === "undo") this.undo();
    else if (opened === null) this.app.say("Open an example first: click one, or press j.");
    else if (action === "relabel") this.askLabel();
    else this.decide(opened, { decision: action });
  }

  /** Until it is known which example that was, keys wait: they are meant for it. */
  undo() {
    this.app.undoing = true;
    this.push({ undo: true });
  }

  decide(index, decision) {
    this.push({ index, decision });
    this.show(index, decision, true);
    if (this.app.part("advance").checked) this.app.move(1);
  }

  buildDialog() {
    const field = this.app.part("new-label");
    this.dialog.addEventListener("close", () => {
      const label = this.dialog.returnValue || "";
      if (label) this.decide(this.relabelled, { decision: "relabel", relabel: label });
      else this.app.table.mark(this.relabelled, { focus: true });
    });
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.dialog.close(field.value.trim());
    });
    this.app.part("cancel-relabel").addEventListener("click", () => this.dialog.close(""));
  }

  askLabel() {
    this.app.held.length = 0; // what was typed since is meant for the dialog
    this.relabelled = this.app.table.opened;
    const { detail } = this.app;
    const correction = detail.index === this.relabelled ? detail.record.correction : null; // as the model predicted
    this.app.part("correction-form").textContent = this.app.info.correction_form;
    const labels = this.app.info.labels.slice(0, MOST_LABELS);
    const buttons = (correction ? [correction, ...labels] : labels).map((label) => {
      const note = label === correction ? element("span", { class: "note" }, "suggested ") : null;
      const button = element("button", { type: "button" }, note, isolated(shortened(label, 60)));
      button.addEventListener("click", () => this.dialog.close(label));
      return button;
    });
    this.app.part("labels").replaceChildren(...buttons);
    this.app.part("new-label").value = "";
    this.dialog.returnValue = "";
    this.dialog.showModal();
    (buttons[0] ?? this.app.part("new-label")).focus();
  }

  push(entry) {
    this.queue.push(entry);
    this.tell();
    this.send();
  }

  async send() {
    if (this.sending || !this.queue.length) return;
    this.sending = true;
    this.app.tasks.count(1);
    const entry = this.queue[0];
    try {
      const answer = entry.undo ? await this.app.source.undo() : await this.app.source.decide(entry.index, entry.decision);
      this.queue.shift();
      this.saved(entry, answer);
    } catch (error) {
      if (!(error instanceof Refused)) {
        clearTimeout(this.retry);
        this.retry = setTimeout(() => this.send(), RETRY);
        this.app.say(error.message);
        return this.tell();
      }
      this.queue.shift();
      this.refused(entry, error);
    } finally {
      this.sending = false;
      this.app.tasks.count(-1);
    }
    this.tell();
    if (entry.undo) {
      this.app.undoing = false;
      this.app.release();
    }
    return this.send();
  }

  saved(entry, answer) {
    this.app.cards.clear();
    this.app.filters.countDecisions(answer.decided);
    if (!entry.undo) {
      if (!this.pending(entry.index)) this.show(entry.index, answer.decision === undefined ? entry.decision : answer.decision, false);
      return;
    }
    if (answer.index === null || answer.index === undefined) return this.app.say("There is nothing left to undo.");
    this.show(answer.index, answer.decision ?? null, false);
    this.app.open(answer.index, { scroll: true, focus: true });
  }

  async refused(entry, error) {
    this.app.say(error.message);
    if (entry.undo) return;
    const record = await this.app.source.detail(entry.index).catch(() => null);
    if (record) this.show(entry.index, record.decision, false);
  }

  /** The latest decision of an example that is still on its way. */
  pending(index) {
    return this.queue.findLast((entry) => entry.index === index);
  }

  overlay(row) {
    const pending = this.pending(row.index);
    return pending ? { ...row, decision: pending.decision, unsaved: true } : row;
  }

  show(index, decision, unsaved) {
    this.app.table.update(index, { decision, unsaved });
    if (this.app.detail.index === index) this.app.detail.update({ decision, unsaved });
  }

  tell() {
    const waiting = this.queue.length;
    const note = this.app.part("unsaved");
    note.textContent = waiting ? `${counted(waiting, "decision")} not saved yet` : "All decisions are saved";
    note.classList.toggle("waiting", waiting > 0);
    this.app.part("gone-unsaved").textContent = waiting ? `${counted(waiting, "decision")} not saved yet: keep this page open, they are sent as soon as it answers here. A server started anew has another address: decide them again there.` : "";
    if (!waiting) for (const resolve of this.waiting.splice(0)) resolve();
  }
}
