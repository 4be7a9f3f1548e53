package ai.terraphim.supervisor.distribution;

import ai.terraphim.supervisor.api.SupervisionEvent;
import ai.terraphim.supervisor.api.SupervisionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes every fact into the log, with the detail that the console leaves out. */
final class EventLogger implements SupervisionListener {
    private static final Logger LOG = LoggerFactory.getLogger("ai.terraphim.supervisor.events");

    @Override
    public void onEvent(SupervisionEvent event) {
        String text = "%s %s run %d".formatted(event.kind().word(), event.path(), event.run());
        if (!event.reason().isEmpty()) {
            text += ": " + event.reason();
        }
        if (!event.detail().isEmpty()) {
            text += System.lineSeparator() + event.detail().stripTrailing();
        }
        LOG.info(text);
    }
}
