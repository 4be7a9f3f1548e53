package ai.terraphim.supervisor.runtime.shell;

import ai.terraphim.supervisor.api.ExitReason;

/**
 * Two runs of which one takes the other with it. Equal to every other link of the two, so that to
 * link twice is to link once.
 */
record Link(Engine engine, Life one, Life other) implements Tie {

    static Link between(Engine engine, Life a, Life b) {
        return a.pid().compareTo(b.pid()) < 0 ? new Link(engine, a, b) : new Link(engine, b, a);
    }

    /** Ties the two; false if the other is over, and then nothing is left of the tie. */
    static boolean tie(Engine engine, RunContext self, RunContext other) {
        Link link = between(engine, self.life(), other.life());
        if (!other.extras().tie(link)) {
            return false;
        }
        if (!self.extras().tie(link)) {
            other.extras().untie(link);
        }
        return true;
    }

    void untie() {
        untie(one);
        untie(other);
    }

    private void untie(Life from) {
        Extras extras = engine.extras(from);
        if (extras != null) {
            extras.untie(this);
        }
    }

    @Override
    public void ended(Life life, ExitReason reason) {
        AgentRun left = engine.run(life.equals(one) ? other : one);
        if (left != null) {
            left.extras().untie(this);
            if (!reason.isOrderly()) {
                engine.start(left.kill(reason));
            }
        }
    }
}
