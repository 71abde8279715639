/* Decodes a calendar and counts the occurrences of one year with libical:
 *     libical FILE FROM TO        (FROM and TO as 20260101T000000Z)
 * Prints "decode_s expand_s occurrences". A moved instance is counted as the
 * one of its series that it replaces, since libical knows no overrides. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static double cpu(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
           ((double)used.ru_utime.tv_usec + (double)used.ru_stime.tv_usec) / 1e6;
}

static char *read_line(char *buffer, size_t size, void *file)
{
    return fgets(buffer, (int)size, file);
}

static void count(icalcomponent *event, const struct icaltime_span *span, void *data)
{
    (void)event;
    (void)span;
    ++*(long *)data;
}

int main(int argc, char **argv)
{
    FILE *file;
    icalparser *parser;
    icalcomponent *calendar, *event;
    struct icaltimetype from, to;
    double start, decoded;
    long occurrences = 0;

    if (argc != 4 || !(file = fopen(argv[1], "r"))) {
        fprintf(stderr, "usage: libical FILE FROM TO\n");
        return 2;
    }
    from = icaltime_from_string(argv[2]);
    to = icaltime_from_string(argv[3]);
    start = cpu();
    parser = icalparser_new();
    icalparser_set_gen_data(parser, file);
    calendar = icalparser_parse(parser, read_line);
    if (!calendar) {
        fprintf(stderr, "libical: no calendar in %s\n", argv[1]);
        return 1;
    }
    decoded = cpu();
    for (event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event;
         event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
        if (!icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY)) {
            icalcomponent_foreach_recurrence(event, from, to, count, &occurrences);
        }
    }
    printf("%.4f %.4f %ld\n", decoded - start, cpu() - decoded, occurrences);
    return 0;
}
