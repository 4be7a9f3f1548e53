package ai.terraphim.supervisor.runtime.conformance;

import ai.terraphim.supervisor.api.ExitReason;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/** Hears what the engine reports to its log, as OTP's supervisor does to its own. */
final class ReportLog extends AppenderBase<ILoggingEvent> {
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("ai.terraphim.supervisor");

    private final Journal journal;

    ReportLog(Journal journal) {
        this.journal = journal;
    }

    /** From now on it hears, and nobody else does. */
    void attach() {
        start();
        LOG.setLevel(Level.DEBUG);
        LOG.setAdditive(false);
        LOG.addAppender(this);
    }

    void detach() {
        LOG.detachAppender(this);
        LOG.setAdditive(true);
        LOG.setLevel(null);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getMessage().equals("{} {} {} {}")) {
            Object[] said = event.getArgumentArray();
            String report = Words.of((Enum<?>) said[1]);
            journal.reported(said[0].toString(), report, said[2].toString(), (ExitReason) said[3]);
        }
    }
}
