/** The application as a module. */
module app {
    requires io.gannet;
}
