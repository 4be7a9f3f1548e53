package ai.terraphim.supervisor.api;

/** A name was to be registered that another agent has. Nothing was changed. */
public final class NameTakenException extends SupervisionException {
    private static final long serialVersionUID = 1L;
    private final transient AgentPid holder;

    /**
     * The error.
     *
     * @param name the name
     * @param wanted who was to have it
     * @param holder who has it
     */
    public NameTakenException(String name, AgentPid wanted, AgentPid holder) {
        super(
                ErrorCategory.POLICY,
                true,
                "%s cannot have the name '%s': %s has it; unregister it there first, or choose another name"
                        .formatted(wanted, name, holder));
        this.holder = holder;
    }

    /**
     * Who has the name.
     *
     * @return the pid of an agent of the same runtime
     */
    public AgentPid holder() {
        return holder;
    }
}
