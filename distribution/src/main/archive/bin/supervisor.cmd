@echo off
rem Starts the Terraphim Agent Supervisor on Windows. UNTESTED: written beside bin/supervisor, never run by the
rem project. Looks for a JDK 25 in SUPERVISOR_JAVA_HOME, then JAVA_HOME, then takes the java on the PATH.
setlocal
set "ARCHIVE=%~dp0.."
set "JAVA="
if defined SUPERVISOR_JAVA_HOME (
    set "JAVA=%SUPERVISOR_JAVA_HOME%\bin\java.exe"
) else if defined JAVA_HOME (
    set "JAVA=%JAVA_HOME%\bin\java.exe"
) else (
    for %%J in (java.exe) do set "JAVA=%%~$PATH:J"
)
if not exist "%JAVA%" (
    echo supervisor: needs a JDK 25 and found none; set JAVA_HOME to one. 1>&2
    exit /b 9
)
"%JAVA%" -version 2>&1 | findstr /c:" version \"25" >nul
if errorlevel 1 (
    echo supervisor: needs a JDK 25, but %JAVA% is another version; set JAVA_HOME to a JDK 25. 1>&2
    exit /b 9
)
"%JAVA%" --enable-native-access=ALL-UNNAMED %JAVA_OPTS% %SUPERVISOR_JAVA_OPTS% "-Dsupervisor.archive=%ARCHIVE%" -cp "%ARCHIVE%\lib\*" ai.terraphim.supervisor.distribution.Main %*
exit /b %ERRORLEVEL%
