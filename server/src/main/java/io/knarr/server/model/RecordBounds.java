package io.knarr.server.model;

/**
 * How large a record may become by changes of its parts.
 *
 * @param maxRecordBytes all of it, as it is stored
 * @param maxFieldsBytes its fields
 * @param maxValueDepth levels of lists and objects in a field's value
 */
public record RecordBounds(int maxRecordBytes, int maxFieldsBytes, int maxValueDepth) {}
